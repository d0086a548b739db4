import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cloned } from '../harness/clone.ts'
import { document, repository } from '../harness/gateway.ts'
import { startUpstream } from '../harness/upstream.ts'

it('wrangler dev serves the same gateway, and goes on with the last good one', async () => {
  const upstream = await startUpstream()
  const { folder, remove } = cloned()
  const save = (text: unknown) =>
    writeFileSync(
      join(folder, 'config/routes.oas.json'),
      typeof text === 'string' ? text : JSON.stringify(text),
    )
  rmSync(join(folder, 'config'), { recursive: true })
  mkdirSync(join(folder, 'config'))
  const servers = { servers: [{ url: upstream.url }] }
  save(document({ 'GET /first': {} }, servers))
  const child = spawn(
    join(repository, 'node_modules/.bin/wrangler'),
    ['dev', '--port', '0', '--ip', '127.0.0.1', '--persist-to', join(folder, 'state')],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...process.env,
        PATH: `${join(repository, 'node_modules/.bin')}:${process.env['PATH']}`,
        WRANGLER_SEND_METRICS: 'false',
        NO_COLOR: '1',
      },
    },
  )
  let text = ''
  const seen = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = (chunk: Buffer | '') => {
        text += chunk.toString()
        const found = pattern.exec(text)
        if (found) resolve(found)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('exit', () => reject(new Error(text)))
      look('')
    })
  try {
    const [, url] = await seen(/Ready on (http:\S+)/)
    const status = async (path: string) => (await fetch(url + path)).status
    expect([await status('/first'), await status('/second')]).toEqual([200, 404])

    save('{')
    await seen(/invalid-json/)
    expect(await status('/first')).toBe(200)
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    process.kill(-child.pid!, 'SIGTERM')
    await ended
    await upstream.stop()
    remove()
  }
})
