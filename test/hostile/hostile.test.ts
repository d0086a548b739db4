import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values, type WireRequest } from '../harness/wire.ts'
import type { Expected, Played } from './case.ts'
import { connections } from './connections.ts'
import { fuzz } from './fuzz.ts'
import { cases } from './cases/index.ts'
import { startWorld, type World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

for (const [file, list] of Object.entries(cases)) {
  describe(file, () => {
    it.each(list.map((one) => [one.name.slice(0, 160), one] as const))('%s', async (_, one) => {
      const { answer, seen } = await world.play(one)
      expect([answer.status, codeOf(answer)], answer.body.toString().slice(0, 300)).toEqual([
        one.status,
        one.code ?? codeOf(answer),
      ])
      for (const [name, value] of Object.entries(one.answer?.fields ?? {})) {
        expect(answer.fields.get(name) ?? null, name).toBe(value)
      }
      if (one.answer?.without) expect(answer.body.toString()).not.toMatch(one.answer.without)
      if (one.upstream === 'nothing') expect(seen.map(({ line }) => line)).toEqual([])
      else compare(seen, one.upstream)
    })
  })
}

connections(() => world)
fuzz(() => world)

it('holds at least 200 cases, each with a name of its own', () => {
  const names = Object.values(cases).flatMap((list) => list.map(({ name }) => name))
  expect(names.length).toBeGreaterThanOrEqual(200)
  expect(new Set(names).size).toBe(names.length)
})

it('never wrote a secret, and never failed inside', () => {
  const { token, password } = world.secrets
  const output = world.gateway.output()
  expect(output).not.toContain(token)
  expect(output).not.toContain(password)
  expect(output.match(/"event":"failed".*/g) ?? []).toEqual([])
})

/** Exactly one request came, and it is the one that was let pass. */
function compare(seen: readonly WireRequest[], expected: Expected): void {
  expect(seen.map(({ line }) => line.slice(0, 200))).toHaveLength(1)
  const [one] = seen as [WireRequest]
  if (expected.target !== undefined) expect(one.target).toBe(expected.target)
  if (expected.body !== undefined) expect(one.body.toString()).toBe(expected.body)
  for (const [name, value] of Object.entries(expected.fields ?? {})) {
    expect(values(one, name), name).toEqual(value === null ? [] : [value])
  }
  const head = one.fields.map(([name, value]) => `${name}: ${value}`).join('\n')
  if (expected.without !== undefined) expect(head).not.toMatch(expected.without)
}

function codeOf({ fields, body }: Played['answer']): string | undefined {
  if (fields.get('content-type') !== 'application/problem+json' || body.length === 0)
    return undefined
  return (JSON.parse(body.toString()) as { code: string }).code
}
