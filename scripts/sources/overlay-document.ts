import { isDeepStrictEqual } from 'node:util'
import { isObject, type JsonObject, member, step } from '../compile/documents/pointer.ts'
import type { Source } from '../compile/documents/source.ts'
import type { Messages } from '../compile/messages.ts'
import { type Action, readActions } from './overlay-action.ts'
import { checkNames, expectType, type Reading, type Version } from './overlay-fields.ts'

/** An OpenAPI Overlay, checked. */
export interface Overlay {
  readonly source: Source
  readonly version: Version
  readonly extends: string | undefined
  /** What `extends` is relative to. */
  readonly base: string
  readonly actions: readonly Action[]
}

/** Reads an overlay (Overlay 1.0.0 to 1.2.0). Undefined when it cannot be applied; then there is an error. */
export function readOverlay(source: Source, messages: Messages): Overlay | undefined {
  const told = messages.errors
  const version = versionOf(source, messages)
  if (version === undefined) return undefined
  const reading = { source, version, messages }
  checkFields(source.value, reading)
  const actions = readActions(source.value, reading)
  tellTwins(source, messages)
  if (messages.errors > told) return undefined
  const [base, self] = [member(source.value, 'extends'), member(source.value, '$self')]
  return {
    source,
    version,
    extends: typeof base === 'string' ? base : undefined,
    base:
      typeof self === 'string' && URL.canParse(self, source.uri)
        ? new URL(self, source.uri).href
        : source.uri,
    actions,
  }
}

function versionOf(source: Source, messages: Messages): Version | undefined {
  const value = member(source.value, 'overlay')
  const version = typeof value === 'string' ? /^(1\.[012])\.\d+$/.exec(value)?.[1] : undefined
  if (version) return version as Version
  messages.error(
    'overlay-version',
    source.at('/overlay'),
    value === undefined ? "'overlay' is missing." : `'overlay' is ${JSON.stringify(value)}.`,
    'Overlays of the versions 1.0, 1.1 and 1.2 are read; another version may mean something else.',
    'Write "overlay": "1.1.0", all three numbers.',
  )
  return undefined
}

const ROOT = ['overlay', 'info', 'extends', 'actions']
/** `targetFormat` is in the drafts after 1.2.0 and in the official sets of 1.2. */
const ROOT_OF_1_2 = [...ROOT, '$self', 'components', 'targetFormat']
const INFO = ['title', 'version', 'description']

function checkFields(value: JsonObject, reading: Reading): void {
  const { source, version, messages } = reading
  checkNames(value, version === '1.2' ? ROOT_OF_1_2 : ROOT, '', reading)
  const info = member(value, 'info')
  if (isObject(info)) checkNames(info, INFO, '/info', reading)
  expectType(member(info, 'description'), 'string', '/info/description', reading)
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
  expectType(value['extends'], 'string', '/extends', reading)
  if (version === '1.2') checkIdentity(value, reading)
}

/** Overlay 1.2.0: what names a whole document has no fragment. */
function checkIdentity(value: JsonObject, reading: Reading): void {
  const { source, messages } = reading
  expectType(value['$self'], 'string', '/$self', reading)
  for (const name of ['$self', 'extends']) {
    const uri = value[name]
    if (typeof uri !== 'string' || !uri.includes('#')) continue
    messages.error(
      'invalid-overlay',
      source.at(`/${name}`),
      `'${name}' has a fragment: '${uri}'.`,
      'It names a whole document; Overlay 1.2 does not allow a part of one.',
      `Write '${uri.slice(0, uri.indexOf('#'))}'.`,
    )
  }
  const format = value['targetFormat']
  if (format === undefined || format === 'openapi') return
  messages.error(
    'overlay-target-format',
    source.at('/targetFormat'),
    `The overlay is for documents of the format ${JSON.stringify(format)}.`,
    'A gateway is made from OpenAPI documents, so it cannot be applied here.',
    'Write "targetFormat": "openapi", or leave it out.',
  )
}

/** The official schemas want the actions of one file to differ. */
function tellTwins(source: Source, messages: Messages): void {
  const list = member(source.value, 'actions')
  const groups = new Map<string, { action: unknown; i: number }[]>()
  ;(Array.isArray(list) ? (list as unknown[]) : []).forEach((action, i) => {
    const key = String(member(action, 'target'))
    const group = groups.get(key) ?? []
    const first = group.find((one) => isDeepStrictEqual(one.action, action))
    groups.set(key, [...group, { action, i }])
    if (!first) return
    messages.error(
      'overlay-twin',
      source.at(step('/actions', i)),
      `The action is the same as /actions/${first.i}.`,
      'The schema of Overlay does not allow it, and what it adds to a list would be added twice.',
      'Remove one of the two; to apply it twice, give each a description of its own.',
    )
  })
}
