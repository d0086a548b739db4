import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from './make-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cardea-make-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('makes a folder with all above it, and a second time does nothing', () => {
  const path = join(folder, 'a/b/c')
  makeFolder(path)
  makeFolder(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

it('refuses a file in the way, at the end and on the way', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(file)).toThrow(
    `'${file}' is a file.\nA folder is needed there.\nMove the file, or name another folder.`,
  )
  expect(() => makeFolder(join(file, 'a/b'))).toThrow(
    `The folder '${file}/a/b' cannot be made.\n'${file}' is a file, and holds nothing.\nName another folder.`,
  )
})

it('refuses at once what the system refuses, where Node tries for ever', () => {
  expect(() => makeFolder('/proc/cardea/state')).toThrow(
    /^The folder '\/proc\/cardea\/state' cannot be made \(E[A-Z]+\)\.\nThe system refuses '\/proc(\/cardea)?'\.\n/,
  )
})
