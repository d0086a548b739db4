import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
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

/** A certificate for 127.0.0.1 that signs itself, made by the machine's own openssl. */
export function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=gateway', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'],
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  )
  return { cert, key }
}

/** The status of a GET over a connection of its own. */
export const getTls = (url: string, ca: Buffer, headers: OutgoingHttpHeaders = {}) =>
  new Promise<number | undefined>((done, fail) => {
    get(url, { ca, agent: false, headers }, (response) => {
      done(response.resume().statusCode)
    }).on('error', fail)
  })
