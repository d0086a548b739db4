import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Saves } from './saves.ts'

const folder = mkdtempSync(join(tmpdir(), 'cardea-saves-'))
const saved: string[] = []
let wake = (): void => undefined
const saves = new Saves(async (file) => {
  saved.push(file)
  wake()
})

beforeAll(async () => {
  mkdirSync(join(folder, 'policies'))
  for (const name of ['a.json', 'policies/own.ts']) writeFileSync(join(folder, name), '0')
  await saves.watch(folder)
  saves.begin()
})
afterAll(async () => {
  await saves.end()
  rmSync(folder, { recursive: true })
})

/** What is told of one change. */
async function told(change: () => void): Promise<string> {
  const next = new Promise<void>((resolve) => (wake = resolve))
  change()
  await next
  return saved.at(-1)!
}
const inPlace = (name: string) => writeFileSync(join(folder, name), String(saved.length))
const replaced = (name: string) => {
  writeFileSync(join(folder, `${name}~`), String(saved.length))
  renameSync(join(folder, `${name}~`), join(folder, name))
}

it.each(['a.json', 'policies/own.ts'])('tells of %s however often it is replaced', async (name) => {
  for (let time = 0; time < 3; time++) expect(await told(() => replaced(name))).toBe(name)
  expect(await told(() => inPlace(name))).toBe(name)
})

it('tells of files in folders that are new, and of those that are gone', async () => {
  const made = await told(() => {
    mkdirSync(join(folder, 'handlers'))
    inPlace('handlers/new.ts')
  })
  expect(made).toMatch(/^handlers/)
  expect(await told(() => rmSync(join(folder, 'a.json')))).toBe('a.json')
})

it('says nothing of what compile and editors write beside', async () => {
  const name = await told(() => {
    for (const noise of ['x.swp', 'own.test.ts', 'b.json~', 'notes.md']) inPlace(noise)
    inPlace('c.json')
  })
  expect(name).toBe('c.json')
})
