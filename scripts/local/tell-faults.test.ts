import { expect, it } from 'vitest'
import type { Compiled } from '../compile/compile.ts'
import { faultText, ToldFaults } from './tell-faults.ts'

const use = (name: string, options: object = {}) => ({ name, options })
const route = (path: string, policies: readonly object[]) => ({
  method: 'GET',
  path,
  policies,
  handler: use('proxy', { url: path }),
})
/** Only what is read of it. */
const gateway = (everywhere: readonly object[] = []) =>
  ({
    everywhere,
    routes: [
      route('/a', [use('token')]),
      route('/b', [use('token'), use('limit')]),
      route('/c', [use('token'), use('jwt-auth', { issuer: '1' })]),
      route('/d', [use('token'), use('jwt-auth', { issuer: '2' })]),
    ],
  }) as unknown as Compiled
const fault = (part: string) => ({ part, reason: 'the variable KEY is not set' })
const second = (part: string, everywhere?: readonly object[]) =>
  faultText(fault(part), gateway(everywhere), '--var').split('\n')[1]

it('says what does not start and why, what that does, and what to do', () => {
  expect(faultText(fault('limit'), gateway(), '--var')).toBe(
    "'limit' does not start: the variable KEY is not set.\nGET /b answers 503 to every request; nobody gets past it.\nMend what it names, then start again; variables and secrets come from --var.",
  )
})

it('names the routes, of many three, and none where the name does not tell which', () => {
  expect(second('token')).toBe(
    'GET /a, GET /b, GET /c and 1 more answer 503 to every request; nobody gets past it.',
  )
  for (const part of ['jwt-auth', 'proxy', 'of-nothing']) {
    expect(second(part)).toBe('Routes with it answer 503 to every request; nobody gets past it.')
  }
  expect(second('token', [use('token')])).toBe(
    'Every route answers 503 to every request; nobody gets past it.',
  )
})

it('writes nothing that moves the cursor, whatever a reason holds', () => {
  const text = faultText({ part: 'a', reason: '\u001b[2Jgone' }, gateway(), '--var')
  expect(text).not.toContain('\u001b')
  expect(text.split('\n')).toHaveLength(3)
})

it('tells in full what is news, in one line what is not, and nothing when all start', () => {
  const told = new ToldFaults('--var')
  const texts = (...parts: readonly string[]) => told.texts(parts.map(fault), gateway())
  expect(texts()).toEqual([])
  expect(texts('limit', 'token')).toHaveLength(2)
  expect(texts('limit', 'token')).toEqual(["'limit', 'token' still do not start, see above."])
  expect(texts('limit')[0]).toMatch(/^'limit' does not start: /)
  expect(texts('limit')).toEqual(["'limit' still does not start, see above."])
  expect(texts()).toEqual([])
  expect(texts('limit')[0]).toMatch(/^'limit' does not start: /)
})
