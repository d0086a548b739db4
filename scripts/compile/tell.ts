import { step } from './documents/pointer.ts'
import type { Source } from './documents/source.ts'
import type { Messages } from './messages.ts'
import type { Fault } from './options.ts'

/** Faults of options as messages; `subject` is what has the options: `'rate-limit' has`. */
export function tellFaults(
  messages: Messages,
  source: Source,
  pointer: string,
  faults: readonly Fault[],
  subject: string,
): void {
  for (const fault of faults) {
    messages.error(
      'invalid-option',
      source.at(pointer + fault.pointer),
      `${capital(fault.what)}.`,
      `${subject} options that are checked before anything runs.`,
      `Write: ${fault.instead}.`,
    )
  }
}

/** An unknown key in a file or extension of ours is a slip that would otherwise do nothing, silently. */
export function unknownKeys(
  messages: Messages,
  source: Source,
  pointer: string,
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    messages.error(
      'unknown-key',
      source.at(step(pointer, key)),
      `There is no key '${key}' here.`,
      'A key that nobody reads does nothing, and what it was meant to do would be missing.',
      `${suggestion(key, known)}There are: ${known.join(', ')}.`,
    )
  }
}

/** `Did you mean 'x'? ` where one name is near, else nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const slips = Math.min(2, Math.floor(name.length / 2))
  const near = known.find((one) => distance(name, one) <= slips)
  return near === undefined ? '' : `Did you mean '${near}'? `
}

/** Levenshtein's edit distance: insert, delete or replace one character. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
