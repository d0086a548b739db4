import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { documentsIn, isThere } from './config-files.ts'
import { Messages } from './messages.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cardea-config-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function told(folder: string, hasOthers = false): readonly string[] {
  const messages = new Messages()
  const documents = documentsIn(folder, messages, { hasOthers })
  return [...documents, ...messages.all.map(({ code, what }) => `${code}: ${what}`)]
}

it('takes a file in the place of the folder for none, without a stack trace', () => {
  const file = join(root, 'config')
  writeFileSync(file, '')
  expect(told(file)).toEqual([`no-document: '${file}' is not a folder that can be read.`])
  expect(told(join(root, 'nowhere'))).toEqual([
    `no-document: '${join(root, 'nowhere')}' is not a folder that can be read.`,
  ])
})

it('reads documents in the order of their names, and none where they come from elsewhere', () => {
  expect(told(root, true)).toEqual([])
  for (const name of ['b.oas.yml', 'a.oas.json', 'a.overlay.yaml', 'notes.md']) {
    writeFileSync(join(root, name), '')
  }
  expect(told(root)).toEqual(['a.oas.json', 'b.oas.yml'])
})

it.each(['Policies.json', 'gateway.yml', 'sources.json5', 'policies.toml', 'api.OAS.JSON'])(
  'refuses %s, which nobody would read',
  (name) => {
    writeFileSync(join(root, name), '')
    expect(told(root, true)).toEqual([`misnamed-file: '${name}' is not read.`])
  },
)

it('sees a link that leads nowhere', () => {
  symlinkSync('nowhere', join(root, 'gateway.json'))
  expect([isThere(join(root, 'gateway.json')), isThere(join(root, 'other'))]).toEqual([true, false])
})
