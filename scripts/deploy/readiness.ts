import { CHECK_HEADER, type Fault } from '../../src/core/readiness.ts'
import { newCheck } from '../local/check.ts'
import { UserError } from '../local/user-error.ts'

/** A word that only this process knows, and the variable by which one version of the Worker knows it again. */
export interface Question {
  readonly word: string
  /** For wrangler. */
  readonly flags: readonly string[]
}

export function question(): Question {
  const { word, variables } = newCheck()
  return {
    word,
    flags: Object.entries(variables).flatMap(([name, digest]) => ['--var', `${name}:${digest}`]),
  }
}

/** What was uploaded, where it answers, and what to do when it does not. */
export interface Uploaded {
  /** Undefined when it answers at no URL that is a host. */
  readonly url: string | undefined
  /** How long it may take to answer; 0 does not ask. */
  readonly waitSeconds: number
  /** After a fault: how to mend a secret. */
  readonly mend: string
  /** Without an address: how to get one. */
  readonly address: string
}

/**
 * Asks the version that was just uploaded whether every part starts with its variables and secrets, and prints that.
 * Some seconds may pass until the edge has it; an answer of the version before does not count.
 *
 * @throws UserError that names what refuses every request, or says that nothing was heard: nobody knows then that the
 * upload works, and a pipeline must not be green
 */
export async function requireReady(uploaded: Uploaded, asked: Question): Promise<void> {
  const { url, waitSeconds, mend, address } = uploaded
  if (waitSeconds === 0) return console.log('Not asked whether its parts start: --wait 0.')
  const faults = url === undefined ? undefined : await ask(url, asked, waitSeconds * 1000)
  if (faults === undefined) {
    const [what, instead] =
      url === undefined
        ? ['it has no URL that is a host', address]
        : [
            `${url} did not answer as this version within ${waitSeconds} s`,
            'A new domain takes minutes: run the command again, or give it longer with --wait SECONDS. Behind something that lets no stranger through, name where it answers with --url URL.',
          ]
    throw new UserError(
      `Uploaded, but not heard: ${what}.\nWhether every part starts with the secrets that are set is not known.\n${instead} --wait 0 does not ask.`,
    )
  }
  tellFaults(faults, mend)
  console.log('Every part starts with the variables and secrets that are set.')
}

/** @returns undefined when no answer came in time */
async function ask(
  url: string,
  { word }: Question,
  timeMs: number,
): Promise<readonly Fault[] | undefined> {
  const endMs = Date.now() + timeMs
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    const faults = await once(url, word, Math.max(1, endMs - Date.now()))
    if (faults !== undefined || Date.now() + waitMs > endMs) return faults
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

function tellFaults(faults: readonly Fault[], next: string): void {
  if (faults.length === 0) return
  throw new UserError(
    [
      `Uploaded, but ${faults.length === 1 ? 'one part does' : `${faults.length} parts do`} not start:`,
      ...faults.map(({ part, reason }) => `  ${part}: ${reason}`),
      'Routes with them answer 503 to every request; nobody gets past them.',
      next,
    ].join('\n'),
  )
}

const FIRST_WAIT_MS = 500
const WAIT_MS_MAX = 5_000
const TIMEOUT_MS = 10_000

async function once(
  url: string,
  word: string,
  leftMs: number,
): Promise<readonly Fault[] | undefined> {
  try {
    const response = await fetch(url, {
      headers: { [CHECK_HEADER]: word },
      redirect: 'manual',
      signal: AbortSignal.timeout(Math.min(TIMEOUT_MS, leftMs)),
    })
    const { faults } = (await response.json()) as { readonly faults?: readonly Fault[] }
    return Array.isArray(faults) ? faults : undefined
  } catch {
    return undefined
  }
}
