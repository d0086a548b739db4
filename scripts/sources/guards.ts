import type { Document } from '../compile/documents/document.ts'
import { isObject, member } from '../compile/documents/pointer.ts'
import { Messages } from '../compile/messages.ts'
import { operationsOf, type RawRoute } from '../compile/operations.ts'
import { shape } from '../compile/path-template.ts'

/** An operation that had policies and would lose some of them. */
export interface LostGuard {
  readonly before: RawRoute
  readonly after: RawRoute
  readonly lost: readonly string[]
}

/** The operations of a document by what they match, in order. */
export function routesByKey(document: Document): ReadonlyMap<string, RawRoute> {
  const routes = new Map<string, RawRoute>()
  for (const route of operationsOf(document, new Messages())) {
    const key = `${route.method} ${shapeOf(route.path)}`
    if (!routes.has(key)) routes.set(key, route)
  }
  return routes
}

/** Parameters may be renamed: `/orders/{id}` and `/orders/{orderId}` match the same requests. */
function shapeOf(path: string): string {
  try {
    return shape(path)
  } catch {
    return path
  }
}

/** Names of the policies that run on a route, those of `gateway.json` aside. */
export function policyNames({ policyLists }: RawRoute): readonly string[] {
  let names: string[] = []
  for (const { value } of policyLists) {
    for (const entry of Array.isArray(value) ? (value as unknown[]) : []) {
      if (typeof entry === 'string' && entry.startsWith('!')) {
        names = names.filter((name) => name !== entry.slice(1))
      } else if (typeof entry === 'string') names.push(entry)
      else if (isObject(entry)) names.push(String(member(entry, 'policy')))
    }
  }
  return names
}

/**
 * Operations that are still there, perhaps under another path or method with the same `operationId`, and have fewer
 * policies than before.
 */
export function lostGuards(before: Document, after: Document): readonly LostGuard[] {
  const routes = routesByKey(after)
  const byId = new Map<string, RawRoute>()
  for (const route of routes.values()) if (idOf(route) !== undefined) byId.set(idOf(route)!, route)
  const lost: LostGuard[] = []
  for (const [key, route] of routesByKey(before)) {
    const now = routes.get(key) ?? byId.get(idOf(route) ?? '')
    if (now === undefined) continue
    const names = policyNames(now)
    const gone = policyNames(route).filter((name) => !names.includes(name))
    if (gone.length > 0) lost.push({ before: route, after: now, lost: gone })
  }
  return lost
}

function idOf({ operation }: RawRoute): string | undefined {
  const id = member(operation, 'operationId')
  return typeof id === 'string' && id !== '' ? id : undefined
}
