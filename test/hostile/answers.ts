import { type Behaviour, OK, values } from '../harness/wire.ts'
import { echoFrames } from './connections.ts'

/** What the upstream answers under `/open/answers/…`: things a hostile or broken upstream says. */
const ANSWERS: Readonly<Record<string, string>> = {
  'other-cors':
    'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nContent-Length: 0\r\n\r\n',
  'hop-by-hop':
    'HTTP/1.1 200 OK\r\nConnection: X-Inner, close\r\nX-Inner: 1\r\nContent-Length: 2\r\n\r\nok',
  continue: `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
  'early-hints': `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`,
  'two-answers': `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`,
  garbage: 'not http at all\r\n\r\n',
  'lengths-differ': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokok',
  'length-and-chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nokok\r\n0\r\n\r\n',
  'bad-field': 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok',
  'bare-cr': 'HTTP/1.1 200 OK\r\nX-A: a\rSet-Cookie: b=1\r\nContent-Length: 2\r\n\r\nok',
  'status-99': 'HTTP/1.1 99 Low\r\nContent-Length: 2\r\n\r\nok',
  'status-999': 'HTTP/1.1 999 High\r\nContent-Length: 2\r\n\r\nok',
  'status-101':
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'status-204-body': 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok',
  'status-407':
    'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
  'says-our-id': 'HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nContent-Length: 2\r\n\r\nok',
  redirect: 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
}

/** Closes behind what is not a whole and right answer, so that it cannot become part of the next one. */
export const answerAsTold: Behaviour = (request, socket) => {
  const { target } = request
  if (target === '/socket?switch' && values(request, 'upgrade').length > 0)
    return echoFrames(request, socket)
  const name = /(?:^\/open\/answers\/|answer=)([a-z0-9-]+)/.exec(target)?.[1]
  const told = name === undefined ? undefined : ANSWERS[name]
  if (told === undefined) socket.write(OK)
  else socket.end(told)
}
