import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { document, type Running, startGateway } from '../harness/gateway.ts'
import { raw } from '../harness/raw.ts'
import { startWire, values, type Wire } from '../harness/wire.ts'
import { Random, seedOf } from '../simulation/random.ts'
import type { Told } from './explain-all.ts'

/** What is explained, which policies run and where it goes have to be the same, whatever route and URL. */
const random = new Random(seedOf('hostile/property'))
const ROUTES = 60
const URLS = 1500

const SEGMENTS = [
  'a',
  'b',
  'ab',
  'a.b',
  '{x}',
  '{y}',
  '{x}.json',
  'v{x}',
  '{x}-{y}',
  '{x}:go',
  '%20',
  'é',
]
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const
const POLICIES = ['one', 'two', 'three', 'four'] as const
const PIECES = [
  ...[
    'a',
    'b',
    'ab',
    'a.b',
    'x.json',
    'v1',
    '1-2',
    'x:go',
    '',
    '/',
    '.',
    '..',
    '...',
    ';',
    ';x=1',
    '%20',
    '%2e',
    '%2E%2e',
  ],
  ...[
    '%2f',
    '%5c',
    '%00',
    '%61',
    '%c3%a9',
    '%ff',
    '%',
    '%zz',
    '%25',
    '%252e',
    '%3b',
    '%3f',
    '%23',
    '#',
    '\\',
    'é',
    '+',
    '@',
    '~',
    '__proto__',
  ],
]

let upstream: Wire
let gateway: Running

beforeAll(async () => {
  upstream = await startWire()
  gateway = await startGateway(
    {
      'routes.oas.json': document(randomRoutes()),
      'policies.json': Object.fromEntries(
        POLICIES.map((name) => [
          name,
          { policy: 'set-headers', options: { request: { [`x-ran-${name}`]: '{params.x}' } } },
        ]),
      ),
    },
    { upstream: upstream.url },
  )
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

it(`agrees on ${URLS} random URLs over ${ROUTES} random routes`, async () => {
  const seenOutcomes = new Set<string>()
  const asked = Array.from({ length: URLS }, () => [random.pick(METHODS), randomTarget()] as const)
  const told = explainAll(asked)
  for (const [i, [method, target]] of asked.entries()) {
    upstream.seen.length = 0
    const answer = await raw(
      gateway.url,
      `${method} ${target} HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    )
    const explained = told[i]!
    const label = `${method} ${target}`
    seenOutcomes.add(explained.outcome)
    if (explained.outcome !== 'route') {
      expect([label, codeOf(answer.body)]).toEqual([label, explained.outcome])
      expect(upstream.seen, label).toEqual([])
      continue
    }
    expect([label, answer.status]).toEqual([label, 200])
    const [seen] = upstream.seen
    expect([label, `${seen!.method} ${seen!.target.split('?', 1)[0]}`]).toEqual([
      label,
      `${method} ${explained.path}`,
    ])
    const ran = POLICIES.filter((name) => values(seen!, `x-ran-${name}`).length > 0)
    expect([label, ran.toSorted()]).toEqual([label, explained.policies.toSorted()])
  }
  // random inputs that never get anywhere would prove nothing
  expect([...seenOutcomes].toSorted()).toEqual([
    'method-not-allowed',
    'path-ambiguous',
    'route',
    'route-not-found',
  ])
})

/** workerd resolves plain dot segments before the Worker sees them, as every URL parser does. */
function explainAll(asked: readonly (readonly [string, string])[]): readonly Told[] {
  const script = join(import.meta.dirname, 'explain-all.ts')
  const input = JSON.stringify(asked.map(([method, target]) => [method, resolved(target)]))
  const text = execFileSync(process.execPath, [script, join(gateway.folder, 'config')], { input })
  return JSON.parse(text.toString()) as readonly Told[]
}

function randomRoutes(): Record<string, Record<string, unknown>> {
  const routes: Record<string, Record<string, unknown>> = { 'GET /a/{rest+}': {} }
  for (let i = 0; i < ROUTES; i++) {
    const count = 1 + random.below(4)
    const names = new Set<string>()
    const parts = Array.from({ length: count }, () => {
      const segment = random.pick(SEGMENTS)
      return segment.replace(/\{(\w)\}/g, (_, name: string) => {
        const unique = names.has(name) ? `${name}${names.size}` : name
        names.add(unique)
        return `{${unique}}`
      })
    })
    const policies = POLICIES.filter(() => random.chance(0.5))
    const slash = random.chance(0.2) ? { 'x-encoded-slash': 'allow' } : {}
    routes[`${random.pick(METHODS)} /${parts.join('/')}`] = { 'x-policies': policies, ...slash }
  }
  return withoutTwins(routes)
}

/** Two templates of one shape would be one route or an error. */
function withoutTwins(routes: Record<string, Record<string, unknown>>) {
  const seen = new Set<string>()
  return Object.fromEntries(
    Object.entries(routes).filter(([key]) => {
      const shape = key.replace(/\{[^}]*\}/g, '{}')
      if (seen.has(shape)) return false
      seen.add(shape)
      return true
    }),
  )
}

function randomTarget(): string {
  const count = 1 + random.below(5)
  const path = Array.from({ length: count }, () =>
    Array.from({ length: random.chance(0.75) ? 1 : 2 }, () => random.pick(PIECES)).join(''),
  ).join('/')
  return `/${path}${random.chance(0.2) ? `?q=${random.pick(PIECES)}` : ''}`
}

/** RFC 3986 §5.2.4, on the path that is there before any decoding; `#` is a character like any other to workerd. */
function resolved(target: string): string {
  const [, path = '', rest = ''] = /^([^?]*)(.*)$/s.exec(target)!
  const out: string[] = []
  const parts = path.slice(1).split('/')
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1
    if (part === '..') out.pop()
    if (part !== '.' && part !== '..') out.push(part)
    else if (isLast) out.push('')
  }
  return `/${out.join('/')}${rest}`
}

function codeOf(body: Buffer): string {
  try {
    return (JSON.parse(body.toString()) as { code?: string }).code ?? 'none'
  } catch {
    return body.toString()
  }
}
