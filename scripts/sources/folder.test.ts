import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UserError } from '../local/user-error.ts'
import { readFolder, recoverFolder, replaceFile, replaceFolder } from './folder.ts'

let parent: string
let folder: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cardea-folder-'))
  folder = join(parent, 'sources.lock')
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

const files = (text: string) =>
  new Map([
    ['lock.json', text],
    ['a.json', text],
    ['sub/b.json', text],
  ])
const present = () =>
  Object.fromEntries([...readFolder(folder)].map(([name, bytes]) => [name, bytes.toString()]))
const fail = (code: string) => {
  throw Object.assign(new Error(code), { code })
}

it('writes a folder, replaces it as a whole, and leaves nothing beside it', () => {
  replaceFolder(folder, files('1'))
  expect(present()).toEqual({ 'lock.json': '1', 'a.json': '1', 'sub/b.json': '1' })
  replaceFolder(folder, new Map([['c.json', '2']]))
  expect(present()).toEqual({ 'c.json': '2' })
  expect(readdirSync(parent)).toEqual(['sources.lock'])
})

it.each([1, 2, 3])('keeps the old folder whole when the disk is full at file %i', (last) => {
  replaceFolder(folder, files('old'))
  let count = 0
  const write: typeof writeFileSync = (path, content) => {
    if (++count < last) return writeFileSync(path, content)
    // a full disk takes the beginning of a file
    writeFileSync(path, String(content).slice(0, 1))
    return fail('ENOSPC')
  }
  expect(() => replaceFolder(folder, files('new'), write)).toThrow(
    `${folder} cannot be written: ENOSPC.\nWhat was there before is still there, whole.\nThe disk is full. Free some space, then run the command again.`,
  )
  expect(present()).toEqual({ 'lock.json': 'old', 'a.json': 'old', 'sub/b.json': 'old' })
  expect(readdirSync(parent)).toEqual(['sources.lock'])
})

it('keeps an old file whole when the disk is full', () => {
  const path = join(parent, 'a.json')
  replaceFile(path, 'old')
  expect(() => replaceFile(path, 'new', () => fail('EDQUOT'))).toThrow(UserError)
  expect(readdirSync(parent)).toEqual(['a.json'])
})

it('puts back what an interrupted run had moved away, and removes what it had not finished', () => {
  const dead = 2 ** 22 + 1
  mkdirSync(join(parent, `.sources.lock.${dead}.old`))
  writeFileSync(join(parent, `.sources.lock.${dead}.old/lock.json`), 'old')
  mkdirSync(join(parent, `.sources.lock.${dead}.new`))
  recoverFolder(folder)
  expect(present()).toEqual({ 'lock.json': 'old' })
  expect(readdirSync(parent)).toEqual(['sources.lock'])
})

it('removes the old folder of a run that was interrupted after the exchange', () => {
  replaceFolder(folder, files('new'))
  mkdirSync(join(parent, `.sources.lock.${2 ** 22 + 1}.old`))
  recoverFolder(folder)
  expect(present()['lock.json']).toBe('new')
  expect(readdirSync(parent)).toEqual(['sources.lock'])
})

it('leaves alone what a run writes that is still going on', () => {
  mkdirSync(join(parent, `.sources.lock.${process.ppid}.new`))
  recoverFolder(folder)
  expect(readdirSync(parent)).toEqual([`.sources.lock.${process.ppid}.new`])
})
