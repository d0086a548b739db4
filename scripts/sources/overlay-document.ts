import { isObject, type JsonObject, member, step } from '../compile/documents/pointer.ts'
import type { Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { suggestion } from '../compile/tell.ts'
import { parseQuery, type Query, QueryError } from './jsonpath.ts'
import type { Place } from './origins.ts'

/** An OpenAPI Overlay, checked. */
export interface Overlay {
  readonly source: Source
  readonly version: '1.0' | '1.1'
  readonly extends: string | undefined
  readonly actions: readonly Action[]
}

export interface Action {
  /** Of the action in its file: `/actions/0`. */
  readonly pointer: string
  readonly at: Place
  readonly target: Query
  readonly change: Change
}

export type Change =
  | { readonly kind: 'update'; readonly value: unknown }
  | { readonly kind: 'copy'; readonly from: Query }
  | { readonly kind: 'remove' }
  /** `remove: false` and no more. */
  | { readonly kind: 'none' }

/** Reads an overlay (Overlay 1.0.0 and 1.1.0 §4.4). Undefined when it cannot be applied; then there is an error. */
export function readOverlay(source: Source, messages: Messages): Overlay | undefined {
  const told = messages.errors
  const version = versionOf(source, messages)
  if (version === undefined) return undefined
  checkFields(source, messages)
  const actions: Action[] = []
  const list = member(source.value, 'actions')
  if (!Array.isArray(list) || list.length === 0) {
    messages.error(
      'invalid-overlay',
      source.at('/actions'),
      list === undefined ? "'actions' is missing." : "'actions' is not a list with an action.",
      'An overlay is a list of actions; without one it does nothing.',
      `Write "actions": [{ "target": "$", "update": {} }].`,
    )
  } else {
    list.forEach((value: unknown, i) => {
      const action = readAction(value, step('/actions', i), source, version, messages)
      if (action) actions.push(action)
    })
    tellTwins(list, source, messages)
  }
  if (messages.errors > told) return undefined
  const base = member(source.value, 'extends')
  return { source, version, extends: typeof base === 'string' ? base : undefined, actions }
}

function versionOf(source: Source, messages: Messages): '1.0' | '1.1' | undefined {
  const value = member(source.value, 'overlay')
  // unquoted in YAML, `1.1` is a number; the patch version means nothing (§4.1)
  const version = /^(1\.[01])(?:\.\d+(?:-.+)?)?$/.exec(String(value))?.[1]
  if (version && (typeof value === 'string' || typeof value === 'number')) {
    return version as '1.0' | '1.1'
  }
  messages.error(
    'overlay-version',
    source.at('/overlay'),
    value === undefined ? "'overlay' is missing." : `'overlay' is ${JSON.stringify(value)}.`,
    'Overlays of the versions 1.0 and 1.1 are read; another version may mean something else.',
    'Write "overlay": "1.1.0".',
  )
  return undefined
}

const ROOT = ['overlay', 'info', 'extends', 'actions']
const INFO = ['title', 'version', 'description']
const ACTION = ['target', 'description', 'update', 'remove', 'copy']

function checkFields(source: Source, messages: Messages): void {
  const { value } = source
  checkNames(value, ROOT, '', source, messages)
  const info = member(value, 'info')
  if (isObject(info)) checkNames(info, INFO, '/info', source, messages)
  const missing = ['title', 'version'].filter((name) => typeof member(info, name) !== 'string')
  if (missing.length > 0) {
    messages.error(
      'invalid-overlay',
      source.at('/info'),
      `'info' has no ${missing.join(' and no ')} of text.`,
      'The Overlay specification requires both, and other tools refuse the file.',
      'Write "info": { "title": "What it is for", "version": "1.0.0" }.',
    )
  }
  expectType(member(value, 'extends'), 'string', '/extends', source, messages)
}

function readAction(
  value: unknown,
  pointer: string,
  source: Source,
  version: '1.0' | '1.1',
  messages: Messages,
): Action | undefined {
  if (!isObject(value)) {
    messages.error(
      'invalid-overlay',
      source.at(pointer),
      'The action is not an object.',
      'An action says what to change and where.',
      'Write { "target": "$.paths", "update": {} }.',
    )
    return undefined
  }
  checkNames(value, ACTION, pointer, source, messages)
  expectType(value['description'], 'string', step(pointer, 'description'), source, messages)
  expectType(value['remove'], 'boolean', step(pointer, 'remove'), source, messages)
  const target = readQuery(value['target'], step(pointer, 'target'), source, messages)
  const change = changeOf(value, pointer, source, version, messages)
  return target && change && { pointer, at: { source, pointer }, target, change }
}

/** `remove: true` wins over the others (§4.4.3); `update` and `copy` each give way to the other, which says nothing. */
function changeOf(
  action: JsonObject,
  pointer: string,
  source: Source,
  version: '1.0' | '1.1',
  messages: Messages,
): Change | undefined {
  const has = (name: string) => Object.hasOwn(action, name)
  if (has('copy') && version === '1.0') {
    messages.error(
      'overlay-version',
      source.at(step(pointer, 'copy')),
      "'copy' came with Overlay 1.1, and this file says 1.0.",
      'A reader of 1.0 would do nothing.',
      'Write "overlay": "1.1.0" at its beginning.',
    )
    return undefined
  }
  if (action['remove'] === true) return { kind: 'remove' }
  if (has('copy') && has('update')) {
    messages.error(
      'invalid-overlay',
      source.at(step(pointer, 'copy')),
      "The action has both 'update' and 'copy'.",
      'Which of them comes first would decide the outcome.',
      'Make two actions of it, in the order that you want.',
    )
    return undefined
  }
  if (has('update')) return { kind: 'update', value: action['update'] }
  if (has('copy')) {
    const from = readQuery(action['copy'], step(pointer, 'copy'), source, messages)
    return from && { kind: 'copy', from }
  }
  messages.warning(
    'overlay-without-change',
    source.at(pointer),
    "The action has no 'update', no 'copy' and no 'remove: true'.",
    'It does nothing.',
    'Say what it changes, or remove it.',
  )
  return { kind: 'none' }
}

function readQuery(
  value: unknown,
  pointer: string,
  source: Source,
  messages: Messages,
): Query | undefined {
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
    messages.error(
      'overlay-query',
      source.at(pointer),
      `'${value}' is not a JSONPath query: ${error.message}.`,
      'Nothing can be selected with it.',
      error.instead,
    )
    return undefined
  }
}

function checkNames(
  value: JsonObject,
  known: readonly string[],
  pointer: string,
  source: Source,
  messages: Messages,
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

function expectType(
  value: unknown,
  type: 'string' | 'boolean',
  pointer: string,
  source: Source,
  messages: Messages,
): void {
  if (value === undefined || typeof value === type) return
  const name = pointer.split('/').at(-1)
  messages.error(
    'invalid-overlay',
    source.at(pointer),
    `'${name}' is not ${type === 'string' ? 'text' : 'true or false'}.`,
    'The Overlay specification says so, and other tools refuse the file.',
    type === 'string' ? `Write "${name}": "…".` : `Write "${name}": true.`,
  )
}

/** The official schema wants the actions of one file to differ. */
function tellTwins(list: readonly unknown[], source: Source, messages: Messages): void {
  const seen = new Map<string, number>()
  list.forEach((action, i) => {
    const text = JSON.stringify(action)
    const first = seen.get(text)
    if (first === undefined) return void seen.set(text, i)
    messages.warning(
      'overlay-twin',
      source.at(step('/actions', i)),
      `The action is the same as /actions/${first}.`,
      'Entries that it adds to a list are added twice.',
      'Remove one of the two.',
    )
  })
}
