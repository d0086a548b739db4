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

/**
 * Asks the version that was just uploaded what it thinks of its variables and secrets. Some seconds may pass
 * until the edge has it; an answer of the version before does not count.
 *
 * @param urls where it may answer
 * @returns undefined when no answer came
 */
export async function ask(url: string, { word }: Question): Promise<readonly Fault[] | undefined> {
  for (const waitMs of WAITS_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    const faults = await once(url, word)
    if (faults !== undefined) return faults
  }
  return undefined
}

/** @throws UserError that names what refuses every request, and why */
export function tellFaults(faults: readonly Fault[], next: string): void {
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

const WAITS_MS = [0, 500, 1_000, 2_000, 4_000]
const TIMEOUT_MS = 10_000

async function once(url: string, word: string): Promise<readonly Fault[] | undefined> {
  try {
    const response = await fetch(url, {
      headers: { [CHECK_HEADER]: word },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const { faults } = (await response.json()) as { readonly faults?: readonly Fault[] }
    return Array.isArray(faults) ? faults : undefined
  } catch {
    return undefined
  }
}
