import { type JsonObject, step } from '../compile/documents/pointer.ts'
import type { Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { suggestion } from '../compile/tell.ts'
import { parseQuery, type Query, QueryError } from './jsonpath.ts'

/** Of the feature set: the patch version means nothing (Overlay 1.1.0 §4.1). */
export type Version = '1.0' | '1.1' | '1.2'

/** One overlay that is being read, and where to tell what is wrong with it. */
export interface Reading {
  readonly source: Source
  readonly version: Version
  readonly messages: Messages
}

/** Fields that the specification does not have are errors: what they were meant to do would not be done. */
export function checkNames(
  value: JsonObject,
  known: readonly string[],
  pointer: string,
  { source, messages }: Reading,
): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name) || name.startsWith('x-')) continue
    messages.error(
      'unknown-key',
      source.at(step(pointer, name)),
      `There is no field '${name}' here in an overlay.`,
      'What it was meant to do would not be done.',
      `${suggestion(name, known)}There are: ${known.join(', ')}, and names that begin with x-.`,
    )
  }
}

const TYPES = {
  string: { is: 'text', instead: '"…"' },
  boolean: { is: 'true or false', instead: 'true' },
  object: { is: 'an object', instead: '{ … }' },
} as const

/** False, and an error, when the value is there and of another type. */
export function expectType(
  value: unknown,
  type: keyof typeof TYPES,
  pointer: string,
  { source, messages }: Reading,
): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (value === undefined || (type === 'object' ? isObject : typeof value === type)) return true
  const name = pointer.split('/').at(-1)
  messages.error(
    'invalid-overlay',
    source.at(pointer),
    `'${name}' is not ${TYPES[type].is}.`,
    'The Overlay specification says so, and other tools refuse the file.',
    `Write "${name}": ${TYPES[type].instead}.`,
  )
  return false
}

/** The query of `target` or `copy`. Undefined when it is none; then there is an error. */
export function readQuery(value: unknown, pointer: string, reading: Reading): Query | undefined {
  const { source, version, messages } = reading
  const name = pointer.split('/').at(-1)
  if (typeof value !== 'string') {
    messages.error(
      'invalid-overlay',
      source.at(pointer),
      value === undefined ? `'${name}' is missing.` : `'${name}' is not text.`,
      'It is a JSONPath query that says where.',
      `Write "${name}": "$.paths['/orders'].get".`,
    )
    return undefined
  }
  try {
    return parseQuery(value)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    // the specification's own example of traits has it, in 1.0 only
    const isOld = version === '1.0' && error.repaired !== undefined
    messages[isOld ? 'warning' : 'error'](
      'overlay-query',
      source.at(pointer),
      `'${value}' is not a JSONPath query: ${error.message}.`,
      isOld
        ? 'It is taken as it was meant; other tools may not.'
        : 'Nothing can be selected with it.',
      error.instead,
    )
    return isOld ? parseQuery(error.repaired!) : undefined
  }
}
