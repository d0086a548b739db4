import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Messages } from './messages.ts'
import { tellUnread } from './unread-documents.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cardea-unread-'))
  mkdirSync(join(root, 'v2'))
})
afterEach(() => rmSync(root, { recursive: true }))

const DOCUMENT = '{"openapi":"3.1.2","paths":{}}'
const save = (name: string, text = DOCUMENT) => writeFileSync(join(root, name), text)

function told(
  read: Parameters<typeof tellUnread>[1] = [],
  paths: readonly string[] = [],
  messages = new Messages(),
): readonly string[] {
  tellUnread(root, read, paths, messages)
  return messages.all.filter(({ level }) => level === 'warning').map(({ what }) => what)
}

it('leaves out what was read, under its path, or as the original of a copy', () => {
  for (const name of ['v2/a.json', 'v2/b.json', 'v2/c.json', 'v2/d.json']) save(name)
  const copy = {
    path: join(root, 'sources.lock/b.json'),
    uri: pathToFileURL(join(root, 'v2/b.json')).href,
  }
  const remote = { path: join(root, 'v2/a.json'), uri: 'https://api.example/openapi.json' }
  expect(told([copy, remote], [join(root, 'v2/c.json')])).toEqual([
    "'v2/d.json' is an OpenAPI document that is not read.",
  ])
})

it('finds the version behind everything else, and in long files', () => {
  const long = JSON.stringify({ info: { description: 'x'.repeat(70_000) } })
  save('v2/last.json', '{"paths":{"/a":{}},"openapi":"3.0.4"}')
  save('v2/long.json', long.replace('{', '{"openapi":"3.1.0",'))
  save('v2/json.yaml', '{ "openapi": "3.1.0" }')
  save('v2/mark.yml', '\uFEFF"openapi": 3.2.0\r\n')
  expect(told().map((what) => what.split("'")[1])).toEqual([
    'v2/json.yaml',
    'v2/last.json',
    'v2/long.json',
    'v2/mark.yml',
  ])
})

it('says nothing of other files, of broken ones, and of links that lead round in a circle', () => {
  save('v2/broken.json', '{"openapi":"3.1.0"')
  save('v2/swagger.json', '{"swagger":"2.0"}')
  save('v2/openapi.json', '{"openapi":{"version":"3.1.0"}}')
  save('v2/list.json', '[]')
  save('v2/notes.md', 'openapi: 3.1.0\n')
  symlinkSync('..', join(root, 'v2/up'))
  expect(told()).toEqual([])
})

it('says nothing while there are errors: what would have referred to it may not have been read', () => {
  save('v2/a.json')
  const messages = new Messages()
  messages.error('x', { file: 'a', pointer: '', line: 1, column: 1 }, 'What.', 'Why.', 'Instead.')
  expect(told([], [], messages)).toEqual([])
})

it('names twenty and counts the others', () => {
  for (let i = 10; i < 35; i++) save(`v2/${i}.json`)
  const texts = told()
  expect(texts).toHaveLength(20)
  expect(texts.at(-1)).toBe(
    "'v2/29.json' is an OpenAPI document that is not read; there are 5 more.",
  )
})
