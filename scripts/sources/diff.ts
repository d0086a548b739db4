import { isDeepStrictEqual } from 'node:util'
import type { Document } from '../compile/documents/document.ts'
import { isObject, type JsonObject, member, step } from '../compile/documents/pointer.ts'
import type { Found } from '../compile/documents/resolve.ts'
import type { RawRoute } from '../compile/operations.ts'
import { compareSerialization, parametersOf } from './diff-parameters.ts'
import { SchemaDiff } from './diff-schema.ts'
import { compareSecurity, compareSecuritySchemes } from './diff-security.ts'
import { policyNames, routesByKey } from './guards.ts'
import type { Side } from './schema-comparison.ts'

export interface Change {
  readonly isBreaking: boolean
  /** A route, or a schema that routes share. */
  readonly subject: string
  readonly what: string
}

/** Collects changes, each once. */
export class Changes {
  readonly all: Change[] = []
  readonly #seen = new Set<string>()

  add(isBreaking: boolean, subject: string, what: string): void {
    const key = `${subject}\n${what}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.all.push({ isBreaking, subject, what })
  }
}

/** What changed for callers between two versions of a document: routes, parameters, bodies, schemas, policies. */
export function diff(before: Document, after: Document): readonly Change[] {
  const changes = new Changes()
  const schemas = new SchemaDiff(before, after, changes)
  const old = routesByKey(before)
  const now = routesByKey(after)
  for (const [key, route] of old) {
    const next = now.get(key)
    if (next === undefined) changes.add(true, nameOf(route), 'route removed')
    else new RouteDiff(before, after, route, next, changes, schemas).run()
  }
  for (const [key, route] of now) {
    if (old.has(key)) continue
    changes.add(false, nameOf(route), `route added, policies: ${listed(policyNames(route))}`)
  }
  compareSecuritySchemes(before, after, changes)
  return changes.all
}

export const nameOf = ({ method, path }: RawRoute): string => `${method} ${path}`
const listed = (names: readonly string[]): string => names.join(', ') || 'none'

class RouteDiff {
  readonly #before: Document
  readonly #after: Document
  readonly #old: RawRoute
  readonly #now: RawRoute
  readonly #changes: Changes
  readonly #schemas: SchemaDiff

  constructor(
    before: Document,
    after: Document,
    old: RawRoute,
    now: RawRoute,
    changes: Changes,
    schemas: SchemaDiff,
  ) {
    this.#before = before
    this.#after = after
    this.#old = old
    this.#now = now
    this.#changes = changes
    this.#schemas = schemas
  }

  run(): void {
    this.#parameters()
    this.#body()
    this.#responses()
    this.#surroundings()
  }

  #tell(isBreaking: boolean, what: string): void {
    this.#changes.add(isBreaking, nameOf(this.#now), what)
  }

  #parameters(): void {
    const old = parametersOf(this.#before, this.#old)
    const now = parametersOf(this.#after, this.#now)
    for (const [key, parameter] of old) {
      const { label, name, found } = parameter
      const next = now.get(key)
      if (next === undefined) {
        this.#tell(true, `${label} removed`)
        continue
      }
      if (name !== next.name) this.#tell(false, `${label} renamed to '${next.name}'`)
      const [before, after] = [isRequired(found), isRequired(next.found)]
      if (before !== after) this.#tell(after, `${label} is ${after ? 'now' : 'no longer'} required`)
      compareSerialization(parameter, next, (isBreaking, what) => this.#tell(isBreaking, what))
      this.#deprecated(found, next.found, `${label}: `)
      this.#schema(found, next.found, 'request', label)
      this.#content(found, next.found, 'request', label)
    }
    for (const [key, { label, found }] of now) {
      if (old.has(key)) continue
      const isNeeded = isRequired(found)
      this.#tell(isNeeded, `${label} added${isNeeded ? ', required' : ''}`)
    }
  }

  #body(): void {
    const [old, now] = [
      at(this.#before, this.#old.at, 'requestBody'),
      at(this.#after, this.#now.at, 'requestBody'),
    ]
    if (!old && !now) return
    if (!old)
      return this.#tell(isRequired(now), `request body added${isRequired(now) ? ', required' : ''}`)
    if (!now) return this.#tell(true, 'request body removed')
    if (isRequired(old) !== isRequired(now)) {
      this.#tell(
        isRequired(now),
        `request body is ${isRequired(now) ? 'now' : 'no longer'} required`,
      )
    }
    this.#content(old, now, 'request', 'request body')
  }

  #responses(): void {
    const [old, now] = [
      at(this.#before, this.#old.at, 'responses'),
      at(this.#after, this.#now.at, 'responses'),
    ]
    const [before, after] = [keysOf(old), keysOf(now)]
    for (const status of before) {
      // 2XX answers for 200, too
      const next = after.includes(status) ? status : `${status.slice(0, 1)}XX`
      if (!after.includes(next)) {
        this.#tell(/^[23]/.test(status), `response ${status} removed`)
        continue
      }
      const [from, to] = [at(this.#before, old, status), at(this.#after, now, next)]
      this.#headers(from, to, status)
      this.#content(from, to, 'response', `response ${status}`)
    }
    for (const status of after) {
      if (!before.includes(status)) this.#tell(false, `response ${status} added`)
    }
  }

  #headers(from: Found | undefined, to: Found | undefined, status: string): void {
    const [old, now] = [at(this.#before, from, 'headers'), at(this.#after, to, 'headers')]
    const after = keysBy(now, (name) => name.toLowerCase())
    for (const [key, name] of keysBy(old, (one) => one.toLowerCase())) {
      const label = `response ${status}: header '${name}'`
      if (!after.has(key)) {
        this.#tell(true, `${label} removed`)
        continue
      }
      const [one, other] = [at(this.#before, old, name), at(this.#after, now, after.get(key)!)]
      after.delete(key)
      const [was, is] = [isRequired(one), isRequired(other)]
      if (was !== is) this.#tell(was, `${label} is ${is ? 'now' : 'no longer'} always there`)
      this.#schema(one, other, 'response', label)
    }
    for (const name of after.values()) {
      this.#tell(false, `response ${status}: header '${name}' added`)
    }
  }

  /** Media types, each with its schema. */
  #content(from: Found | undefined, to: Found | undefined, side: Side, label: string): void {
    const [old, now] = [at(this.#before, from, 'content'), at(this.#after, to, 'content')]
    const [before, after] = [keysBy(old, mediaType), keysBy(now, mediaType)]
    for (const [key, type] of before) {
      const next = after.get(key) ?? (side === 'request' ? rangeOf(key, after) : undefined)
      if (next === undefined) {
        this.#tell(true, `${label}: ${type} removed`)
        continue
      }
      const [one, other] = [at(this.#before, old, type), at(this.#after, now, next)]
      this.#schema(one, other, side, before.size > 1 ? `${label} (${type})` : label)
    }
    for (const [key, type] of after) {
      if (!before.has(key)) this.#tell(false, `${label}: ${type} added`)
    }
  }

  #schema(from: Found | undefined, to: Found | undefined, side: Side, label: string): void {
    const below = (found: Found | undefined): Found | undefined => {
      const value = member(found?.value, 'schema')
      return found && value !== undefined
        ? { value, source: found.source, pointer: step(found.pointer, 'schema') }
        : undefined
    }
    this.#schemas.compare({ before: below(from), after: below(to) }, side, nameOf(this.#now), label)
  }

  /** What stands around the operation. */
  #surroundings(): void {
    const [before, after] = [policyNames(this.#old), policyNames(this.#now)]
    if (!isDeepStrictEqual(before, after)) {
      this.#tell(false, `policies ${listed(before)} → ${listed(after)}`)
    }
    if (this.#old.server !== this.#now.server) {
      this.#tell(false, `server ${this.#old.server ?? 'none'} → ${this.#now.server ?? 'none'}`)
    }
    if (!isDeepStrictEqual(this.#old.handler?.value, this.#now.handler?.value)) {
      this.#tell(false, 'handler changed')
    }
    compareSecurity(this.#before, this.#old, this.#after, this.#now, (isBreaking, what) =>
      this.#tell(isBreaking, what),
    )
    this.#deprecated({ value: this.#old.operation }, { value: this.#now.operation }, '')
  }

  #deprecated(from: Pick<Found, 'value'>, to: Pick<Found, 'value'>, label: string): void {
    const [was, is] = [from, to].map(({ value }) => member(value, 'deprecated') === true)
    if (is !== was) this.#tell(false, `${label}${is ? 'deprecated' : 'no longer deprecated'}`)
  }
}

const isRequired = (found: Found | undefined): boolean => member(found?.value, 'required') === true

/** A member, with its reference followed. */
function at(document: Document, found: Found | undefined, name: string): Found | undefined {
  const value = member(found?.value, name)
  if (!found || value === undefined) return undefined
  return document.resolve(value, found.source, step(found.pointer, name))
}

function keysOf(found: Found | undefined): readonly string[] {
  const value: JsonObject = isObject(found?.value) ? found.value : {}
  return Object.keys(value).filter((name) => !name.startsWith('x-'))
}

/** The names under what they are compared by. */
function keysBy(found: Found | undefined, key: (name: string) => string): Map<string, string> {
  const value: JsonObject = isObject(found?.value) ? found.value : {}
  // `x-total` among headers is a header; extensions are not allowed there
  return new Map(Object.keys(value).map((name) => [key(name), name]))
}

/** RFC 9110 §8.3.1: in any case, and spaces around `;` mean nothing. */
const mediaType = (type: string): string => type.toLowerCase().replace(/\s*;\s*/g, ';')

/** A range that takes the media type: `text/*`, or everything. */
function rangeOf(type: string, among: ReadonlyMap<string, string>): string | undefined {
  return among.get(`${type.split('/', 1)[0]}/*`) ?? among.get('*/*')
}
