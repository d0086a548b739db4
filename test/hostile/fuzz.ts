import { describe, expect, it } from 'vitest'
import { raw } from '../harness/raw.ts'
import { type WireRequest, values } from '../harness/wire.ts'
import { Random, seedOf } from '../simulation/random.ts'
import type { World } from './world.ts'

/** Header sections out of pieces that readers disagree about, and out of any bytes. */
export function fuzz(world: () => World): void {
  const random = new Random(seedOf('hostile/fuzz'))

  describe('random header sections', () => {
    it(`${ROUNDS} of them assert nothing to an upstream and open nothing`, async () => {
      const { gateway, upstream } = world()
      const outcomes = new Map<string, number>()
      for (let round = 0; round < ROUNDS; round++) {
        upstream.seen.length = 0
        const target = random.pick(TARGETS)
        const bytes = section(random, target)
        const { status, body } = await raw(gateway.url, bytes)
        const label = JSON.stringify(bytes.toString('latin1'))
        expect(STATUSES, `${label}: ${body.toString()}`).toContain(status)
        const [seen, ...more] = upstream.seen
        expect(more, label).toEqual([])
        if (target === '/private') expect([label, status === 200]).toEqual([label, false])
        if (status !== 200) expect(seen, label).toBeUndefined()
        else expect([label, wrongIn(seen!)]).toEqual([label, []])
        outcomes.set(`${target} ${status}`, (outcomes.get(`${target} ${status}`) ?? 0) + 1)
      }
      // random bytes that never get anywhere would prove nothing
      expect(outcomes.get('/asserted 200')).toBeGreaterThan(ROUNDS / 20)
      expect(outcomes.get('/private 401')).toBeGreaterThan(ROUNDS / 20)
    })
  })
}

const ROUNDS = 500
const TARGETS = ['/asserted', '/private', '/inside'] as const
/** 500 and 501 without a problem document are workerd's own. */
const STATUSES = [200, 400, 401, 403, 431, 500, 501]

/** What is wrong with what an upstream got: everything that was forged says `6.6.6.6` or `root`. */
function wrongIn(request: WireRequest): readonly string[] {
  const wrong: string[] = []
  for (const [name, value] of request.fields) {
    if (!/^[A-Za-z0-9-]+$/.test(name)) wrong.push(`the name ${name}`)
    if (/[\0\r\n]/.test(value)) wrong.push(`a control in ${name}`)
  }
  const only = (name: string, value: string) => {
    const found = values(request, name)
    if (found.length !== 1 || found[0] !== value) wrong.push(`${name}: ${found.join(' | ')}`)
  }
  only('x-user', '127.0.0.1')
  only('x-forwarded-for', '127.0.0.1')
  only('x-forwarded-host', 'gateway.test')
  for (const name of ['x-real-ip', 'client-cert', 'remote-user', 'connection', 'te', 'trailer']) {
    if (values(request, name).length > 0) wrong.push(name)
  }
  return wrong
}

function section(random: Random, target: string): Buffer {
  const lines = Array.from({ length: 1 + random.below(6) }, () => line(random))
  const text = [`GET ${target} HTTP/1.1`, 'Host: gateway.test', ...lines, '', ''].join('\r\n')
  const bytes = Buffer.from(text, 'latin1')
  // one byte of the field lines becomes any other
  const start = text.indexOf('gateway.test') + 'gateway.test\r\n'.length
  if (random.chance(0.4)) bytes[start + random.below(bytes.length - start - 4)] = random.below(256)
  return bytes
}

function line(random: Random): string {
  const name = spelled(random, random.pick(NAMES))
  const value = Array.from({ length: 1 + random.below(2) }, () => random.pick(VALUES)).join(
    random.pick([', ', ',', ' ', ';']),
  )
  return `${name}${random.pick(COLONS)}${value}`
}

function spelled(random: Random, name: string): string {
  if (random.chance(0.3)) return name.toLowerCase()
  if (random.chance(0.2))
    return name.replaceAll('-', random.pick(['_', '.', '--', '~', ' ', '\xad']))
  return random.chance(0.1) ? name + random.pick(['\x00', '\t', '\xa0', '\r', '\x0b']) : name
}

const COLONS = [': ', ': ', ': ', ':', ':\t', ' : ', ':  ', '\t:', ':\x0b']
const NAMES = [
  'X-User',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Real-IP',
  'Forwarded',
  'Client-Cert',
  'Remote-User',
  'Connection',
  'TE',
  'Trailer',
  'Upgrade',
  'Authorization',
  'Cookie',
  'X-Own',
]
const VALUES = [
  '6.6.6.6',
  'root',
  '10.0.0.1',
  'x-user',
  'X-Forwarded-For',
  'close',
  'keep-alive',
  'upgrade',
  'websocket',
  'trailers',
  'Bearer x',
  '"',
  '\\',
  '\xff\xfe',
  'caf\xc3\xa9',
  '\x00',
  '\x7f',
  '\r',
  '\r\n X-User: root',
  '',
  'a=1',
  '__proto__',
]
