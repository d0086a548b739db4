import type { DocumentNode } from '../../src/core/operation.ts'
import type { Document } from './documents/document.ts'
import { member, step } from './documents/pointer.ts'
import type { Found } from './documents/resolve.ts'

/** A place of a document as parts see it: `$ref` is followed on every step. */
export function nodeOf(document: Pick<Document, 'resolve'>, found: Found): DocumentNode {
  const node: DocumentNode = {
    value: found.value,
    uri: `${found.source.uri}#${found.pointer}`,
    get(...names) {
      let here: Found | undefined = found
      for (const name of names) {
        const next: unknown = member(here.value, String(name))
        if (next === undefined) return undefined
        const pointer = step(here.pointer, name)
        here = document.resolve(next, here.source, pointer)
        if (here === undefined) return undefined
      }
      return nodeOf(document, here)
    },
    keys: () =>
      typeof found.value === 'object' && found.value !== null ? Object.keys(found.value) : [],
  }
  places.set(node, found)
  return node
}

/** Where a node that `nodeOf` made stands. */
export function placeOf(node: DocumentNode): Found {
  const found = places.get(node)
  if (found === undefined) throw new Error('this node is not of a document that compile has read')
  return found
}

const places = new WeakMap<DocumentNode, Found>()
