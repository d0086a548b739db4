import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cloned } from '../harness/clone.ts'
import { repository } from '../harness/gateway.ts'

/**
 * The README's first screen, played: `npm start` on the sample of a fresh clone, the calls that it prints, and
 * the key commands. The sample is looked for in Git, not in `config/`, which may be somebody's own by now.
 */
let clone: ReturnType<typeof cloned>
let output = ''
let stop: () => Promise<unknown>

const environment = {
  ...process.env,
  PATH: `${join(repository, 'node_modules/.bin')}:${process.env['PATH']}`,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
}

beforeAll(async () => {
  clone = cloned()
  const sample = join(import.meta.dirname, '../fixtures/sample')
  rmSync(join(clone.folder, 'config'), { recursive: true, force: true })
  mkdirSync(join(clone.folder, 'config'), { recursive: true })
  cpSync(sample, join(clone.folder, 'config'), { recursive: true })
  const child = spawn('node', ['scripts/cardea.ts', 'start', '--port', '0'], {
    cwd: clone.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  })
  stop = () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGINT')
    return ended
  }
  await new Promise<void>((resolve, reject) => {
    const look = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Ctrl-C stops it.')) resolve()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.once('exit', () => reject(new Error(output)))
  })
})
afterAll(async () => {
  const code = await stop()
  clone.remove()
  expect(code).toBe(0)
})

const shell = (line: string): string =>
  execFileSync('bash', ['-c', line], { encoding: 'utf8', cwd: clone.folder, env: environment })

const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)![1])

it('prints a table of routes and calls that answer 200, 401, 400 and 429', () => {
  expect(output).toContain('GET     /menu ')
  const calls = Array.from(output.matchAll(/^ {2}((?:curl|for) .*?) {2}#/gm), ([, line]) => line!)
  expect(calls).toHaveLength(4)
  const [opened, refused, invalid, limited] = calls.map(shell) as [string, string, string, string]
  expect([opened, refused, invalid].map(status)).toEqual([200, 401, 400])
  expect(invalid).toContain('/size')
  expect(limited.trim().split('\n').map(status)).toEqual([201, 201, 201, 201, 201, 429])
})

it('issues a key, rolls it, and the old one stops', () => {
  const [, url] = / on (http:\S+)/.exec(output)!
  const cardea = (args: string) => shell(`node scripts/cardea.ts ${args}`)
  const call = (key: string) => status(shell(`curl -si ${url}/orders/1 -H 'X-API-Key: ${key}'`))
  const { id, key } = JSON.parse(cardea('keys create --json')) as { id: string; key: string }
  expect(call(key)).toBe(200)
  const rolled = JSON.parse(cardea(`keys roll ${id} --json`)) as { key: string }
  expect([call(rolled.key), call(key)]).toEqual([200, 401])
})
