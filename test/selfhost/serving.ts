import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { repository } from '../harness/gateway.ts'

export type Line = Readonly<Record<string, unknown>>

export interface Serving {
  readonly process: ChildProcess
  /** Every line of both streams, in the order they came. */
  readonly lines: readonly string[]
  /** The first line that is JSON and holds this event. */
  event(name: string): Promise<Line>
  readonly ended: Promise<number | null>
}

/** Runs a program whose lines are watched. */
export function watched(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Serving {
  const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], env })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => [...waiting].forEach((look) => look())
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      wake()
    })
  }
  let isClosed = false
  const ended = new Promise<number | null>((done) =>
    child.once('close', (code) => {
      isClosed = true
      done(code)
      wake()
    }),
  )
  const event = (name: string) =>
    new Promise<Line>((done, fail) => {
      const look = () => {
        const found = lines.find((line) => line.includes(`"event":"${name}"`))
        if (found !== undefined) done(JSON.parse(found) as Line)
        else if (isClosed) fail(new Error(`ended without '${name}':\n${lines.join('\n')}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  return { process: child, lines, event, ended }
}

/** `cardea serve` as a service manager starts it: no terminal, so its log is JSON. */
export const serve = (
  folder: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Serving =>
  watched(
    process.execPath,
    [
      join(repository, 'scripts/cardea.ts'),
      'serve',
      ...['--config', join(folder, 'config'), '--state', join(folder, 'state'), '--port', '0'],
      ...flags,
    ],
    { ...process.env, ...env },
  )

/**
 * A certificate for 127.0.0.1 that signs itself, and its key. They are for tests only, valid for a hundred years,
 * and stand in the repository so that no machine needs a program to make them.
 */
export function certificate(
  folder: string,
  name: 'own' | 'other' = 'own',
): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const made = join(repository, 'test/fixtures/tls', name)
  copyFileSync(`${made}.cert.pem`, cert)
  copyFileSync(`${made}.key.pem`, key)
  return { cert, key }
}

/** The status of a GET over a connection of its own. */
export const getTls = (url: string, ca: Buffer, headers: OutgoingHttpHeaders = {}) =>
  new Promise<number | undefined>((done, fail) => {
    get(url, { ca, agent: false, headers }, (response) => {
      done(response.resume().statusCode)
    }).on('error', fail)
  })
