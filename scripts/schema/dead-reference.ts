import { isObject } from './json.ts'
import { splitLocation } from './messages.ts'

/**
 * hyperjump says which URI it could not load, not who referred to it. This walks the plain
 * documents from a schema on and finds the first `$ref` whose target is not there. It knows
 * nothing of `$id`, so it may find nothing: then the caller reports hyperjump's own words.
 */
export function findDeadReference(
  start: string,
  documents: ReadonlyMap<string, unknown>,
): { at: string; reference: string } | undefined {
  const seen = new Set<string>()
  const queue = [start]
  for (let location = queue.pop(); location !== undefined; location = queue.pop()) {
    if (seen.has(location)) continue
    seen.add(location)
    const { uri, pointer } = splitLocation(location)
    for (const found of referencesIn(at(documents.get(uri), pointer), pointer)) {
      const target = resolve(found.reference, uri)
      if (target === undefined || !leadsSomewhere(target, documents)) {
        return { at: `${uri}#${encodeURI(found.pointer)}`, reference: found.reference }
      }
      queue.push(target)
    }
  }
  return undefined
}

function* referencesIn(
  value: unknown,
  pointer: string,
): Generator<{ pointer: string; reference: string }> {
  const stack: [unknown, string][] = [[value, pointer]]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [current, here] = next
    if (typeof current !== 'object' || current === null) continue
    const reference = isObject(current) ? current['$ref'] : undefined
    if (typeof reference === 'string') yield { pointer: `${here}/$ref`, reference }
    for (const [name, child] of Object.entries(current)) {
      const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1')
      stack.push([child, `${here}/${escaped}`])
    }
  }
}

const resolve = (reference: string, base: string): string | undefined =>
  URL.canParse(reference, base) ? new URL(reference, base).href : undefined

function leadsSomewhere(target: string, documents: ReadonlyMap<string, unknown>): boolean {
  const { uri, pointer } = splitLocation(target)
  if (!documents.has(uri)) return false
  const isAnchor = pointer !== '' && !pointer.startsWith('/')
  return isAnchor || at(documents.get(uri), pointer) !== undefined
}

/** What a JSON pointer points to (RFC 6901 §4), undefined when there is nothing. */
function at(document: unknown, pointer: string): unknown {
  let current = document
  for (const part of pointer.split('/').slice(1)) {
    if (typeof current !== 'object' || current === null) return undefined
    const name = decodePart(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (!Object.hasOwn(current, name)) return undefined
    current = (current as Record<string, unknown>)[name]
  }
  return current
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
