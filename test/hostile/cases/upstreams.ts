import { type Case, get } from '../case.ts'

const told = (name: string, what: string, status: number, more: Partial<Case> = {}): Case => ({
  name,
  lessons: ['bad-upstream'],
  send: get(`/open/answers/${what}`),
  status,
  upstream: { target: `/open/answers/${what}` },
  ...more,
})

const failed = { code: 'upstream-unreachable' }

/** What an upstream may not do to clients. */
export const upstreams: readonly Case[] = [
  told('100 Continue of an upstream is no answer', 'continue', 502, failed),
  told('103 Early Hints of an upstream is no answer', 'early-hints', 502, failed),
  told('what is not HTTP is no answer', 'garbage', 502, failed),
  told('an answer with two lengths is none', 'lengths-differ', 502, failed),
  told('an answer with NUL in a field is none', 'bad-field', 502, failed),
  told('a status below 100 is no answer', 'status-99', 502, failed),
  told('a status above 599 is no answer', 'status-999', 502, failed),
  told('101 that nobody asked for is no answer', 'status-101', 502, failed),
  told('chunks beside a length are read as chunks, in one framing', 'length-and-chunks', 200, {
    answer: { fields: { 'content-length': null } },
  }),
  told('what an upstream’s Connection names ends here', 'hop-by-hop', 200, {
    lessons: ['hop-by-hop'],
    answer: { fields: { 'x-inner': null } },
  }),
  {
    name: 'an upstream that opens itself to every origin does not open what is closed here',
    lessons: ['cors'],
    send: get('/shared?answer=other-cors', 'Origin: https://evil.test'),
    status: 200,
    upstream: { target: '/shared?answer=other-cors' },
    answer: {
      fields: {
        'access-control-allow-origin': null,
        'access-control-allow-credentials': null,
        vary: 'Origin',
      },
    },
  },
]
