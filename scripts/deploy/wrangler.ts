import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { repository } from '../compile/plugins.ts'
import { UserError } from '../local/user-error.ts'
import { badToken } from './api.ts'

/** Nothing but the work: no banner, hence no look for a newer version, no usage reports, no prompts. */
export const quietEnvironment = {
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
} as const

/** Its debug output has the status of each answer of the API; nothing else says whether trying again may help. */
const STATUSES = { WRANGLER_LOG: 'debug', WRANGLER_LOG_SANITIZE: 'true' } as const

export interface Ran {
  readonly output: string
  /** What wrangler notes for programs, by type: `deploy`, `preview`. */
  readonly records: Readonly<Record<string, WranglerRecord>>
}

export type WranglerRecord = Readonly<Record<string, unknown>>

/** The person at the terminal stopped it. */
export class Interrupted extends Error {}

/**
 * Runs wrangler in the repository, without a terminal, so that it never asks. A run that Cloudflare's side
 * failed (429, 5xx, a cut connection) is made again: wrangler itself does so only for the upload.
 *
 * @param args made for each attempt, because the one before may have done some of the work
 * @param record the note that proves that the work was done; the exit code does not, where a signal ends wrangler
 * @throws Interrupted, or UserError with what wrangler said
 */
export async function wrangler(
  args: () => Promise<readonly string[]>,
  record: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  for (const signal of SIGNALS) process.on(signal, interrupt)
  try {
    return await attempts(args, record, environment, interruption.signal)
  } catch (error) {
    throw interruption.signal.aborted ? new Interrupted('interrupted') : error
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt)
  }
}

/** Handled until the end, also between two attempts: files with secrets are removed on the way out. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function attempts(
  args: () => Promise<readonly string[]>,
  record: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Ran> {
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), 'cardea-wrangler-'))
    try {
      const ended = await run(
        await args(),
        { ...environment, ...STATUSES, ...noteIn(folder) },
        signal,
      )
      signal.throwIfAborted()
      const records = recordsIn(folder)
      if (ended.code === 0 && records[record]) return { output: ended.output, records }
      const failure = failureOf(ended, records)
      if (!failure.isPassing || attempt >= ATTEMPTS_MAX) throw new UserError(failure.message)
      await setTimeout(failure.waitMs ?? 1_000 * 2 ** (attempt - 1), undefined, { signal })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const ATTEMPTS_MAX = 3

export function wranglerBin(): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js')
}

const noteIn = (folder: string): Record<string, string> => ({
  WRANGLER_OUTPUT_FILE_PATH: join(folder, 'notes.ndjson'),
  WRANGLER_LOG_PATH: join(folder, 'logs'),
})

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** In a process group of its own, because wrangler starts others that outlive it. */
function run(
  args: readonly string[],
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<Ended> {
  const child = spawn(process.execPath, [wranglerBin(), ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    // npm puts the pinned node first on PATH; wrangler's build command has to find the same
    env: {
      ...process.env,
      ...quietEnvironment,
      ...environment,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const stop = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // it has ended by itself
    }
  }
  signal.addEventListener('abort', stop)
  return new Promise((resolve) => {
    const end = (code: number | null) => {
      signal.removeEventListener('abort', stop)
      const [said, told] = [output, errors].map(stripVTControlCharacters)
      resolve({ code, output: said!, errors: told! })
    }
    child.once('error', () => end(null))
    child.once('close', end)
  })
}

function recordsIn(folder: string): Record<string, WranglerRecord> {
  const file = join(folder, 'notes.ndjson')
  if (!existsSync(file)) return {}
  const lines = readFileSync(file, 'utf8').split('\n')
  const records = lines.filter(Boolean).map((line) => JSON.parse(line) as WranglerRecord)
  return Object.fromEntries(records.map((one) => [String(one['type']), one]))
}

interface Failure {
  readonly message: string
  readonly isPassing: boolean
  readonly waitMs?: number
}

function failureOf(
  { output, errors }: Ended,
  records: Readonly<Record<string, WranglerRecord>>,
): Failure {
  const [last] = [...output.matchAll(/START CF API RESPONSE: .*?(\d{3})\s*$/gm)].slice(-1)
  const status = last && Number(last[1])
  const note = records['command-failed']
  const code = note?.['code']
  const said = saidBy(errors.trim() === '' ? output : errors)
  const waitMs = note?.['retry_after_ms']
  if (status === 401 || code === 10_000 || code === 9109) {
    return { message: badToken(said), isPassing: false }
  }
  const isCut = /fetch failed|ECONNRESET|ECONNREFUSED|other side closed|terminated|ETIMEDOUT/.test(
    `${String(note?.['message'])} ${errors}`,
  )
  const isPassing = isCut || status === 429 || (status !== undefined && status >= 500)
  const why = isCut
    ? 'The connection to Cloudflare broke'
    : isPassing
      ? `Cloudflare answered ${status}`
      : 'wrangler could not finish'
  return {
    message: `${why}:\n${said}\n${isPassing ? `That was the last of ${ATTEMPTS_MAX} attempts; run the command again later.` : 'Mend what it names, then run the command again.'}`,
    isPassing,
    ...(typeof waitMs === 'number' && { waitMs: Math.min(waitMs, 30_000) }),
  }
}

/** The part of the output that speaks of the error, indented. */
function saidBy(output: string): string {
  const lines = output
    .split('\n')
    .filter(
      (line) =>
        !/Logs were written|^\s*$|think this is a bug|Metrics dispatcher|CF API RE/.test(line),
    )
  const first = lines.findIndex((line) => /ERROR|✘|error:/i.test(line))
  const shown = lines.slice(first < 0 ? -LINES_MAX : first).slice(0, LINES_MAX)
  return shown.map((line) => `  ${line.trimEnd()}`).join('\n')
}

const LINES_MAX = 30
