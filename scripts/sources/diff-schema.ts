import type { Document } from '../compile/documents/document.ts'
import { names } from '../compile/documents/pointer.ts'
import type { Found } from '../compile/documents/resolve.ts'
import type { Changes } from './diff.ts'
import { Comparison, type Pair, type Side, type Tell } from './schema-comparison.ts'

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
    const before = this.#resolved(pair.before, this.#before)
    const after = this.#resolved(pair.after, this.#after)
    const name = componentName(before)
    // a component is told once, not for every route that uses it
    const isShared = name !== undefined && name === componentName(after)
    const own = isShared ? { subject: `schema ${name} in ${side}s`, path: '' } : { subject, path }
    if (before && after && (isShared || before !== pair.before)) {
      const key = `${side} ${before.source.uri}#${before.pointer} ${after.source.uri}#${after.pointer}`
      if (this.#compared.has(key)) return
      this.#compared.add(key)
    }
    const tell: Tell = (effect, what) => {
      const breaks = side === 'request' ? 'narrower' : 'wider'
      const isBreaking = effect === 'changed' || effect === breaks
      this.#changes.add(isBreaking, own.subject, own.path === '' ? what : `${own.path}: ${what}`)
    }
    new Comparison(before, after, tell).run(side, (pair, label) =>
      this.compare(pair, side, own.subject, `${own.path}${label}`, depth + 1),
    )
  }

  #resolved(found: Found | undefined, document: Document): Found | undefined {
    return found && (document.resolve(found.value, found.source, found.pointer) ?? found)
  }
}

function componentName(found: Found | undefined): string | undefined {
  const path = names(found?.pointer ?? '') ?? []
  return path.length === 3 && path[0] === 'components' && path[1] === 'schemas'
    ? path[2]
    : undefined
}
