import { isObject, type JsonObject, member, step } from '../compile/documents/pointer.ts'
import type { Query } from './jsonpath.ts'
import { checkNames, expectType, type Reading, readQuery } from './overlay-fields.ts'

export interface Action {
  /** Of the action in its file: `/actions/0`. */
  readonly pointer: string
  /** Of what holds `update`, `copy` and `remove`: the action itself, or what it refers to. */
  readonly fields: string
  readonly target: Query
  readonly change: Change
}

export type Change =
  | { readonly kind: 'update'; readonly value: unknown }
  | { readonly kind: 'copy'; readonly from: Query }
  | { readonly kind: 'remove' }
  /** `remove: false` and no more. */
  | { readonly kind: 'none' }

/** Reads what stands in `actions`, in order. What cannot be applied is missing, and there is an error. */
export function readActions(root: JsonObject, reading: Reading): readonly Action[] {
  const { source, version, messages } = reading
  const list = root['actions']
  if (!Array.isArray(list) || list.length === 0) {
    messages.error(
      'invalid-overlay',
      source.at('/actions'),
      list === undefined ? "'actions' is missing." : "'actions' is not a list with an action.",
      'An overlay is a list of actions; without one it does nothing.',
      `Write "actions": [{ "target": "$", "update": {} }].`,
    )
    return []
  }
  const reusable = version === '1.2' ? readReusable(root['components'], reading) : undefined
  const actions: Action[] = []
  list.forEach((value: unknown, i) => {
    const action = readAction(value, step('/actions', i), reusable, reading)
    if (action) actions.push(action)
  })
  return actions
}

const ACTION = ['target', 'description', 'update', 'remove', 'copy']

function readAction(
  value: unknown,
  pointer: string,
  reusable: ReusableActions | undefined,
  reading: Reading,
): Action | undefined {
  if (!isObject(value)) {
    reading.messages.error(
      'invalid-overlay',
      reading.source.at(pointer),
      'The action is not an object.',
      'An action says what to change and where.',
      'Write { "target": "$.paths", "update": {} }.',
    )
    return undefined
  }
  const isReference = reusable !== undefined && Object.hasOwn(value, '$ref')
  checkNames(value, isReference ? REFERENCE : ACTION, pointer, reading)
  expectType(value['description'], 'string', step(pointer, 'description'), reading)
  const target = readQuery(value['target'], step(pointer, 'target'), reading)
  const found = isReference
    ? follow(value['$ref'], step(pointer, '$ref'), reusable, reading)
    : { fields: pointer, change: changeOf(value, pointer, reading) }
  return target && found?.change && { pointer, target, fields: found.fields, change: found.change }
}

/** `remove: true` wins over the others (§4.4.3); `update` and `copy` each give way to the other, which says nothing. */
function changeOf(action: JsonObject, pointer: string, reading: Reading): Change | undefined {
  const { source, version, messages } = reading
  expectType(action['remove'], 'boolean', step(pointer, 'remove'), reading)
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
    const from = readQuery(action['copy'], step(pointer, 'copy'), reading)
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

/** A Reusable Action Reference Object brings nothing of its own but where and why (Overlay 1.2.0). */
const REFERENCE = ['$ref', 'target', 'description']

/** `components.actions` by name; what cannot be applied has no change, and there is an error. */
type ReusableActions = ReadonlyMap<
  string,
  { readonly fields: string; readonly change: Change | undefined }
>

/** Overlay 1.2.0, Components Object. All are checked, also those that no action refers to. */
function readReusable(components: unknown, reading: Reading): ReusableActions {
  const reusable = new Map<string, { fields: string; change: Change | undefined }>()
  if (!expectType(components, 'object', '/components', reading)) return reusable
  if (isObject(components)) checkNames(components, ['actions'], '/components', reading)
  const actions = member(components, 'actions')
  if (!expectType(actions, 'object', '/components/actions', reading)) return reusable
  for (const [name, value] of Object.entries(isObject(actions) ? actions : {})) {
    const pointer = step('/components/actions', name)
    const fields = step(pointer, 'fields')
    reusable.set(name, { fields, change: reusableChange(value, pointer, fields, reading) })
  }
  return reusable
}

function reusableChange(
  value: unknown,
  pointer: string,
  fields: string,
  reading: Reading,
): Change | undefined {
  if (!expectType(value, 'object', pointer, reading) || !isObject(value)) return undefined
  checkNames(value, ['description', 'fields'], pointer, reading)
  expectType(value['description'], 'string', step(pointer, 'description'), reading)
  const action = value['fields'] ?? {}
  if (!expectType(action, 'object', fields, reading) || !isObject(action)) return undefined
  const names = ACTION.filter((name) => name !== 'target')
  checkNames(action, names, fields, reading)
  expectType(action['description'], 'string', step(fields, 'description'), reading)
  return changeOf(action, fields, reading)
}

const PREFIX = '#/components/actions/'

function follow(
  ref: unknown,
  pointer: string,
  reusable: ReusableActions,
  { source, messages }: Reading,
): { readonly fields: string; readonly change: Change | undefined } | undefined {
  const key = typeof ref === 'string' && ref.startsWith(PREFIX) ? nameIn(ref) : undefined
  const found = key === undefined ? undefined : reusable.get(key)
  if (found) return found
  messages.error(
    'overlay-reference',
    source.at(pointer),
    `'$ref' leads to nothing: ${JSON.stringify(ref)}.`,
    'An action refers to one in components.actions of the same file, by a JSON Pointer.',
    `Write one of: ${[...reusable.keys()].map((name) => step('#/components/actions', name)).join(', ') || `"${PREFIX}…", and define it there`}.`,
  )
  return undefined
}

/** RFC 6901 §3 and §6: `/` is `~1`, `~` is `~0`, and other characters may be percent-encoded. */
function nameIn(ref: string): string | undefined {
  const token = ref.slice(PREFIX.length)
  if (token.includes('/') || /~(?![01])/.test(token)) return undefined
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}
