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
function prepared(): TargetFolder {
  const folder = new TargetFolder(path)
  folder.prepare()
  return folder
}
function build(text: string): void {
  const folder = prepared()
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
  const first = prepared()
  writeFileSync(join(first.staging, 'worker.js'), 'half')
  first.clean()
  expect(existsSync(path)).toBe(false)
  build('1')
  const second = prepared()
  writeFileSync(join(second.staging, 'worker.js'), 'half')
  second.clean()
  expect(present()).toEqual({ 'gateway.capnp': '1', start: '1', 'worker.js': '1' })
})

it('removes what a killed build left, and nothing of one that runs', () => {
  const running = `.new.${process.ppid}`
  for (const name of [`.new.${2 ** 22 + 1}`, running]) {
    mkdirSync(join(path, name), { recursive: true })
  }
  build('1')
  expect(readdirSync(path).toSorted()).toEqual([running, 'gateway.capnp', 'start', 'worker.js'])
})

it('killed between two files, the folder cannot be started until it is built again', () => {
  build('1')
  const folder = prepared()
  stage(folder, '2')
  rmSync(join(folder.staging, 'worker.js'))
  expect(() => folder.exchange(NAMES, 'gateway.capnp', 'start')).toThrow('worker.js')
  expect(existsSync(join(path, 'start'))).toBe(false)
  build('3')
  expect(present()).toEqual({ 'gateway.capnp': '3', start: '3', 'worker.js': '3' })
})
