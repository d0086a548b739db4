/**
 * Whether two servers do the same visible work for a row: what they answer, what they refuse, and what the
 * upstream sees, for the request of the row and for some that should not pass.
 */
import { asked, type Asked, requestBytes } from './asked.ts'
import { type Answer, ask } from './wire.ts'

interface Trial {
  readonly name: string
  readonly bytes: Buffer
}

/** @returns what differs, a line each */
export async function differences(
  one: Asked,
  credentials: readonly string[],
  [gateway, byHand]: readonly [port: number, port: number],
): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name, bytes } of trials(one, credentials)) {
    const wanted = visible(await ask(gateway, bytes))
    const seen = visible(await ask(byHand, bytes))
    if (wanted !== seen) found.push(`${name}\n  gateway: ${wanted}\n  by hand: ${seen}`)
  }
  return found
}

/** @returns what a peer does not do, a line each: it has to set five fields, and to ask for the key */
export async function shortcomings(
  port: number,
  isLimited: boolean,
  credentials: readonly string[],
  less: string | undefined,
): Promise<readonly string[]> {
  const found: string[] = []
  const bytes = requestBytes(asked.order, [...credentials, ...FORGED, PROBE])
  const answer = await ask(port, bytes)
  const fields = arrived(answer)
  for (const name of SET) {
    const values = fields.filter((line) => line.startsWith(`${name}: `))
    if (values.length !== 1 && less === undefined) found.push(`${name} is not set: ${values}`)
    if (values.some((value) => value.includes(FORGED_VALUE))) found.push(`${name} is forged`)
  }
  if (!isLimited) return found
  for (const name of ['ratelimit', 'ratelimit-policy']) {
    if (!answer.fields.has(name)) found.push(`the answer has no ${name}`)
  }
  if (fields.some((line) => line.startsWith('x-api-key'))) found.push('the key goes upstream')
  for (const wrong of [[], ['X-API-Key: nobody_live_0123456789']]) {
    const { status } = await ask(port, requestBytes(asked.order, wrong))
    if (status !== 401) found.push(`with ${wrong[0] ?? 'no key'} the status is ${status}`)
  }
  return found
}

const PROBE = 'X-Probe: 1'
const FORGED_VALUE = '203.0.113.66'
const SET = [
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
]
const FORGED = [
  `X-Request-Id: ${FORGED_VALUE}`,
  `X-Forwarded-For: ${FORGED_VALUE}`,
  `X-Forwarded-Host: ${FORGED_VALUE}`,
  `X-Forwarded-Proto: ${FORGED_VALUE}`,
  `Forwarded: for=${FORGED_VALUE}`,
]
const MORE_FORGED = [
  `X-Real-IP: ${FORGED_VALUE}`,
  `CF-Connecting-IP: ${FORGED_VALUE}`,
  `X-Forwarded-User: ${FORGED_VALUE}`,
  `X_User: ${FORGED_VALUE}`,
  `Proxy: ${FORGED_VALUE}`,
  'TE: trailers',
  'X-HTTP-Method-Override: DELETE',
  'X-Hop: mine',
  'Connection: X-Hop, keep-alive',
]

function trials(one: Asked, credentials: readonly string[]): readonly Trial[] {
  const { body, method } = one
  const ask = (name: string, more: readonly string[], request: Partial<Asked> = {}): Trial => ({
    name,
    bytes: requestBytes({ ...one, ...request }, [...more, PROBE]),
  })
  const usual = [
    ask('the request of the row', credentials),
    ask('forged fields', [...credentials, ...FORGED, ...MORE_FORGED]),
    ask('another path', credentials, { path: '/nothing' }),
    ask('a dot segment', credentials, { path: '/orders/%2e%2e' }),
    ask('an encoded slash', credentials, { path: '/orders/a%2fb' }),
  ]
  const [credential] = credentials
  const refused =
    credential === undefined
      ? []
      : [
          ask('no credentials', []),
          ask('wrong credentials', [`${credential.slice(0, -3)}xyz`]),
          ask('malformed credentials', [`${credential.split(': ')[0]}: Bearer x`]),
        ]
  if (method === 'GET' || body === undefined) return [...usual, ...refused]
  const other = (name: string, text: string, ...more: readonly string[]) =>
    ask(name, [...credentials, ...more], { body: text })
  return [
    ...usual,
    ...refused,
    other('a name twice', body.replace('{', '{"notes":"y",')),
    other('a name twice, once escaped', body.replace('{', '{"n\\u006ftes":"y",')),
    other('not as the schema says', body.replace('"paid"', '"eaten"')),
    other('not JSON', body.slice(1)),
    other('another media type', body, 'Content-Type: text/plain'),
    other('a content coding', body, 'Content-Encoding: gzip'),
  ]
}

/** What the client sees of an answer, and what the upstream saw of the request. */
function visible(answer: Answer): string {
  const told = ['ratelimit', 'ratelimit-policy', 'x-tenant', 'retry-after'].flatMap((name) => {
    const value = answer.fields.get(name)
    // how much is left may be counted in other steps
    return value === undefined ? [] : [`${name}: ${value.replace(/\b([rt])=\d+/g, '$1=…')}`]
  })
  const upstream = answer.status === 200 ? arrived(answer) : []
  return [String(answer.status), ...told, ...upstream].join(' | ')
}

/** The fields that arrived at the upstream, without what is another each time. */
function arrived({ body }: Answer): readonly string[] {
  const { head, body: content } = JSON.parse(body) as { head: readonly string[]; body: string }
  const fields = head.slice(1).map((line) => {
    const colon = line.indexOf(':')
    return `${line.slice(0, colon).toLowerCase()}: ${line.slice(colon + 1).trim()}`
  })
  const steady = fields.map((line) => line.replace(/^(x-request-id: )[0-9a-f-]{32,36}$/i, '$1…'))
  return [head[0]!, ...steady.toSorted(), content]
}
