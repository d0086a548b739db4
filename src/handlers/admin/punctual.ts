import type { Registry } from '#gateway'
import { within } from '../../lib/within.ts'

/**
 * A registry each of whose answers has a deadline, so that one that hangs does not hold whoever administers it.
 * What was asked may be done all the same: nobody can take it back.
 *
 * @throws LATE where an answer is late; of the kind that `isUnreachable` knows
 */
export function punctual(registry: Registry): Registry {
  const remote = registry as unknown as Readonly<Record<string | symbol, Method>>
  return new Proxy(registry, {
    // called by its name and not by `apply`: to a remote object that would be a name, too
    get:
      (_, name) =>
      (...input: readonly unknown[]) =>
        within(ANSWER_MS_MAX, remote[name]!(...input), LATE),
  })
}

type Method = (...input: readonly unknown[]) => Promise<unknown>

/** A thousand rows of an import take less than one second. */
export const ANSWER_MS_MAX = 15_000
const LATE = Object.assign(new Error('the registry took too long'), { retryable: true })
