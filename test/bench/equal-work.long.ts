import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { slice } from './load.ts'
import { type Field, prepare } from './contests.ts'
import { rows } from './rows.ts'
import { Builder } from './workers.ts'

const folder = mkdtempSync(join(tmpdir(), 'cardea-equal-'))
const names = rows.map(({ name }) => name)
let upstream: ChildProcess
let field: Field

beforeAll(async () => {
  upstream = spawn(process.execPath, [join(import.meta.dirname, 'upstream.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(upstream.stdout!, 'data')) as [Buffer]
  const host = `127.0.0.1:${port.toString().trim()}`
  // throws when a Worker by hand answers, refuses or forwards something else than the gateway of its row
  field = await prepare(new Builder(folder, host), host, folder, names)
})

afterAll(async () => {
  await field?.stop()
  upstream.kill()
  rmSync(folder, { recursive: true, force: true })
})

it.each(names)(
  '%s: the gateway and the Worker by hand do the same work, under load, too',
  async (name) => {
    const contest = field.contests.find((one) => one.name === name)!
    expect(contest.subjects.map(({ role }) => role)).toEqual(['floor', 'by hand', 'gateway'])
    for (const { target } of contest.subjects) {
      const { requests, wrong } = await slice(target, 300)
      expect(requests).toBeGreaterThan(0)
      expect(wrong).toBe(0)
    }
  },
)
