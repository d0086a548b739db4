import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TargetFolder } from './folder.ts'

let parent: string
let path: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cardea-target-'))
  path = join(parent, 'out')
})
afterEach(() => rmSync(parent, { recursive: true }))

const NAMES = ['worker.js', 'gateway.capnp', 'start']
const stage = ({ staging }: TargetFolder, text: string) => {
  for (const name of NAMES) writeFileSync(join(staging, name), text)
}
function build(text: string): void {
  const folder = new TargetFolder(path)
  stage(folder, text)
  folder.exchange(NAMES, 'gateway.capnp', 'start')
  folder.clean()
}
const present = () =>
  Object.fromEntries(
    readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  )

it('makes a folder, and renews its files; what else lies there stays', () => {
  build('1')
  expect(present()).toEqual({ 'gateway.capnp': '1', start: '1', 'worker.js': '1' })
  writeFileSync(join(path, 'note'), 'mine')
  build('2')
  expect(present()).toEqual({ 'gateway.capnp': '2', start: '2', 'worker.js': '2', note: 'mine' })
})

it('leaves the last build as it was, and nothing beside it, when a build fails or is interrupted', () => {
  const first = new TargetFolder(path)
  writeFileSync(join(first.staging, 'worker.js'), 'half')
  first.clean()
  expect(existsSync(path)).toBe(false)
  build('1')
  const second = new TargetFolder(path)
  writeFileSync(join(second.staging, 'worker.js'), 'half')
  second.clean()
  expect(present()).toEqual({ 'gateway.capnp': '1', start: '1', 'worker.js': '1' })
})

it('removes what a killed build left, also of the first one', () => {
  mkdirSync(join(path, '.new.1'), { recursive: true })
  build('1')
  expect(readdirSync(path).toSorted()).toEqual(['gateway.capnp', 'start', 'worker.js'])
})

it('killed between two files, the folder cannot be started until it is built again', () => {
  build('1')
  const folder = new TargetFolder(path)
  stage(folder, '2')
  rmSync(join(folder.staging, 'worker.js'))
  expect(() => folder.exchange(NAMES, 'gateway.capnp', 'start')).toThrow('worker.js')
  expect(existsSync(join(path, 'start'))).toBe(false)
  build('3')
  expect(present()).toEqual({ 'gateway.capnp': '3', start: '3', 'worker.js': '3' })
})
