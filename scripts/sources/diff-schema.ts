import type { Document } from '../compile/documents/document.ts'
import { isObject, names, step } from '../compile/documents/pointer.ts'
import type { Found } from '../compile/documents/resolve.ts'
import type { Changes } from './diff.ts'
import { Comparison, type Pair, type Side, type Tell } from './schema-comparison.ts'
import { takesNull } from './schema-keywords.ts'

/** Nesting of schemas that are written out; references end where they were compared before. */
const DEPTH_MAX = 64

/**
 * Compares two schemas. A narrower one breaks those who send it, a wider one those who read it; what cannot be told
 * apart counts as breaking.
 */
export class SchemaDiff {
  readonly #before: Document
  readonly #after: Document
  readonly #changes: Changes
  readonly #compared = new Set<string>()

  constructor(before: Document, after: Document, changes: Changes) {
    this.#before = before
    this.#after = after
    this.#changes = changes
  }

  /**
   * @param subject what the schema belongs to: `POST /orders`
   * @param path what of it: `request body`
   */
  compare(pair: Pair, side: Side, subject: string, path: string, depth = 0): void {
    if (depth > DEPTH_MAX) return
    const [from, to] = this.#unwrapped(pair)
    const [before, after] = [from.found, to.found]
    const name = componentName(before)
    // a component is told once, not for every route that uses it
    const isShared = name !== undefined && name === componentName(after)
    const own = isShared ? { subject: `schema ${name} in ${side}s`, path: '' } : { subject, path }
    const tellAt =
      (place: { subject: string; path: string }): Tell =>
      (effect, what) => {
        const breaks = side === 'request' ? 'narrower' : 'wider'
        const isBreaking = effect === 'changed' || effect === breaks
        this.#changes.add(
          isBreaking,
          place.subject,
          place.path === '' ? what : `${place.path}: ${what}`,
        )
      }
    const isWrapped = from.isNullable || to.isNullable
    if (isWrapped) {
      const [was, is] = [from, to].map((one) => one.isNullable || takesNull(one.found?.value))
      // whether null is allowed belongs to the place, not to the component that stands there
      if (was !== is) {
        const what = is ? 'null allowed' : 'null no longer allowed'
        tellAt({ subject, path })(is ? 'wider' : 'narrower', what)
      }
    }
    if (before && after && (isShared || before !== pair.before)) {
      const key = `${side} ${before.source.uri}#${before.pointer} ${after.source.uri}#${after.pointer}`
      if (this.#compared.has(key)) return
      this.#compared.add(key)
    }
    const ignoresNull = isWrapped && !isShared
    new Comparison(before, after, tellAt(own), ignoresNull).run(side, (pair, label) =>
      this.compare(pair, side, own.subject, `${own.path}${label}`, depth + 1),
    )
  }

  /** Wrappers are looked through where the other side is not built the same way. */
  #unwrapped({ before, after }: Pair): readonly [Unwrapped, Unwrapped] {
    let from: Unwrapped = { found: resolved(before, this.#before), isNullable: false }
    let to: Unwrapped = { found: resolved(after, this.#after), isNullable: false }
    for (let hops = 0; hops < DEPTH_MAX; hops++) {
      const [one, other] = [wrapperOf(from.found?.value), wrapperOf(to.found?.value)]
      const isOpened = one && !hasKeyword(to.found, one.keyword)
      const isOtherOpened = other && !hasKeyword(from.found, other.keyword)
      if (isOpened) from = opened(from, one, this.#before)
      if (isOtherOpened) to = opened(to, other, this.#after)
      if (!isOpened && !isOtherOpened) break
    }
    return [from, to]
  }
}

interface Unwrapped {
  readonly found: Found | undefined
  /** Whether a wrapper said that null is allowed, too. */
  readonly isNullable: boolean
}

const resolved = (found: Found | undefined, document: Document): Found | undefined =>
  found && (document.resolve(found.value, found.source, found.pointer) ?? found)

function opened({ found, isNullable }: Unwrapped, wrapper: Wrapper, document: Document): Unwrapped {
  const { source, pointer }: Found = found!
  const inside = step(pointer, wrapper.keyword, wrapper.index)
  return {
    found: resolved({ value: wrapper.value, source, pointer: inside }, document),
    isNullable: isNullable || wrapper.isNullable,
  }
}

const hasKeyword = (found: Found | undefined, keyword: string): boolean =>
  isObject(found?.value) && Object.hasOwn(found.value, keyword)

function componentName(found: Found | undefined): string | undefined {
  const path = names(found?.pointer ?? '') ?? []
  return path.length === 3 && path[0] === 'components' && path[1] === 'schemas'
    ? path[2]
    : undefined
}

/** What says nothing about values. */
const REMARKS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'externalDocs',
  '$comment',
])

interface Wrapper {
  readonly keyword: string
  readonly index: number
  readonly value: unknown
  readonly isNullable: boolean
}

/**
 * What is one schema and no more: `allOf` around it, which is how OpenAPI 3.0 gives a reference a remark or
 * `nullable`, and `anyOf` or `oneOf` of it and null, which is how many generators say that it may be null.
 */
function wrapperOf(value: unknown): Wrapper | undefined {
  if (!isObject(value)) return undefined
  const keyword = ['allOf', 'anyOf', 'oneOf'].find((name) => Array.isArray(value[name]))
  if (keyword === undefined) return undefined
  const isBare = Object.keys(value).every(
    (name) => name === keyword || name === 'nullable' || REMARKS.has(name) || name.startsWith('x-'),
  )
  const parts = value[keyword] as readonly unknown[]
  const rest = parts.filter((one) => keyword === 'allOf' || !isNull(one))
  if (!isBare || rest.length !== 1) return undefined
  const isNullable = value['nullable'] === true || rest.length < parts.length
  return { keyword, index: parts.indexOf(rest[0]), value: rest[0], isNullable }
}

const isNull = (value: unknown): boolean => isObject(value) && value['type'] === 'null'
