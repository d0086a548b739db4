import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cloned } from '../harness/clone.ts'
import { repository } from '../harness/gateway.ts'

/**
 * The README's first screens, played: `npm start` on the sample of a fresh clone, the calls that it prints, the
 * commands of the README as they stand there, and its example of a mistake. The sample is looked for in Git, not in `config/`, which may be somebody's own by now.
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
  execFileSync('bash', ['-c', line], {
    encoding: 'utf8',
    cwd: clone.folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  })

const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)![1])

/** Code blocks of the README: all of a language that hold this text. */
function block(language: string, holding: string): string {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8')
  const blocks = Array.from(readme.matchAll(/^```(\w*)\n(.*?)^```$/gms))
  const found = blocks.find(([, name, text]) => name === language && text!.includes(holding))
  return found![2]!
}

it('prints the table of routes that the README shows', () => {
  expect(output).toContain(block('', 'METHOD  PATH'))
})

it('prints calls that answer 200, 401, 400 and 429', () => {
  const calls = Array.from(output.matchAll(/^ {2}((?:curl|for) .*?) {2}#/gm), ([, line]) => line!)
  expect(calls).toHaveLength(4)
  const [opened, refused, invalid, limited] = calls.map(shell) as [string, string, string, string]
  expect([opened, refused, invalid].map(status)).toEqual([200, 401, 400])
  expect(invalid).toContain('/size')
  expect(limited.trim().split('\n').map(status)).toEqual([201, 201, 201, 201, 201, 429])
})

it('plays the commands of the README: a key opens the door, is counted and rolled, and stops', () => {
  const [, url = ''] = / on (http:\S+)/.exec(output)!
  const said: Record<string, string> = {}
  let [key, id] = ['', '']
  const lines = block('sh', 'cardea keys create').trim().split('\n')
  for (const line of lines) {
    const [command = '', note = ''] = line.split(/\s+# /)
    const real = command
      .replace('npx cardea', 'node scripts/cardea.ts')
      .replace('localhost:8787', url.replace('http://', ''))
      .replace('KEY-ID', id)
      .replace('KEY', key)
    const answer = shell(real)
    said[/cardea (\w+ \w+)/.exec(command)?.[1] ?? ''] = answer
    if (command.startsWith('curl')) expect(status(answer), line).toBe(Number(note))
    if (key !== '') continue
    key = /^key +(\S+)$/m.exec(answer)![1]!
    id = /^id +(\S+)$/m.exec(answer)![1]!
  }
  expect(lines).toHaveLength(8)
  expect(said['keys list']).toContain(id)
  expect(said['counters show']).toMatch(/\b4\b/)
  expect(said['keys roll']).toContain(`replaces  ${id}`)
  expect(said['explain GET']).toContain('policy    customer (api-key)  routes.oas.json:45')
  expect(said['explain GET']).toContain('handler   proxy → http://127.0.0.1:8788')
})

it('tells the mistake that the README makes as the README shows it', () => {
  const config = join(clone.folder, 'mistaken')
  mkdirSync(config)
  const [, extension = ''] = /("x-policies": \[.*?\])/.exec(block('jsonc', 'x-policies'))!
  const policies = block('json', '"per-customer"')
  const operation = `{ ${extension}, "responses": { "200": { "description": "OK" } } }`
  const routes = `{ "openapi": "3.1.2", "info": { "title": "Mine", "version": "1" }, "servers": [{ "url": "http://127.0.0.1:3000" }], "paths": { "/orders": { "post": ${operation} } } }`
  writeFileSync(join(config, 'routes.oas.json'), routes)
  writeFileSync(join(config, 'policies.json'), policies.replace('"1m"', '"1 minute"'))
  const told = shell(`node scripts/cardea.ts compile --check --config ${config} 2>&1 || true`)
  expect(told).toContain(`${block('', '1 minute')}\n1 error; nothing was written`)
})
