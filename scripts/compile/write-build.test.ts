import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readFolder } from '../sources/folder.ts'
import { writeBuild } from './write-build.ts'

let parent: string
let folder: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cardea-build-'))
  folder = join(parent, 'generated')
})
afterEach(() => rmSync(parent, { recursive: true }))

const present = () =>
  Object.fromEntries([...readFolder(folder)].map(([name, bytes]) => [name, bytes.toString()]))

it('leaves the folder alone when it says the same, and replaces it as a whole when not', () => {
  writeBuild(folder, { 'gateway.ts': '1', 'trie.ts': '1' })
  const { ino } = statSync(folder)
  writeBuild(folder, { 'gateway.ts': '1', 'trie.ts': '1' })
  expect(statSync(folder).ino).toBe(ino)
  writeBuild(folder, { 'gateway.ts': '1', 'trie.ts': '2' })
  expect([present(), readdirSync(parent)]).toEqual([
    { 'gateway.ts': '1', 'trie.ts': '2' },
    ['generated'],
  ])
})

it('removes what is no part of the gateway any more, and what a killed run left beside it', () => {
  writeBuild(folder, { 'gateway.ts': '1', 'validators.ts': '1' })
  mkdirSync(join(parent, `.generated.${2 ** 22 + 1}.new`))
  writeBuild(folder, { 'gateway.ts': '1' })
  expect([present(), readdirSync(parent)]).toEqual([{ 'gateway.ts': '1' }, ['generated']])
})

it('puts back the gateway that a killed run had moved away', () => {
  writeBuild(join(parent, `.generated.${2 ** 22 + 1}.old`), { 'gateway.ts': '1' })
  const { ino } = statSync(join(parent, `.generated.${2 ** 22 + 1}.old`))
  writeBuild(folder, { 'gateway.ts': '1' })
  expect([statSync(folder).ino, readdirSync(parent)]).toEqual([ino, ['generated']])
})
