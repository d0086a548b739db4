import type { Document } from '../compile/documents/document.ts'
import { member, step } from '../compile/documents/pointer.ts'
import type { Found } from '../compile/documents/resolve.ts'
import type { RawRoute } from '../compile/operations.ts'
import type { TellChange } from './diff-security.ts'

export interface Parameter {
  readonly name: string
  /** `path`, `query`, `header`, `cookie`, `querystring`. */
  readonly place: string
  readonly label: string
  readonly found: Found
}

/** By place and name; path parameters by their position, because their names are nobody's but the document's. */
export function parametersOf(document: Document, route: RawRoute): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>()
  const order = Array.from(route.path.matchAll(/\{([^{}]+)\}/g), (found) => found[1]!)
  const template = route.path.slice(route.basePath.length)
  const shared = document.pathItem(template)?.get('parameters')
  const own: Found = {
    value: member(route.operation, 'parameters'),
    source: route.at.source,
    pointer: step(route.at.pointer, 'parameters'),
  }
  for (const list of [shared, own]) {
    const entries = Array.isArray(list?.value) ? (list.value as unknown[]) : []
    entries.forEach((value, i) => {
      const found = document.resolve(value, list!.source, step(list!.pointer, i))
      const [place, name] = [member(found?.value, 'in'), member(found?.value, 'name')]
      if (!found || typeof place !== 'string' || typeof name !== 'string') return
      const key =
        place === 'path' ? order.indexOf(name) : place === 'header' ? name.toLowerCase() : name
      parameters.set(`${place} ${key}`, {
        name,
        place,
        label: `${place} parameter '${name}'`,
        found,
      })
    })
  }
  return parameters
}

/** How the value is written down; what is not said has a default (OpenAPI 3.1 §4.8.12). */
export function compareSerialization(from: Parameter, to: Parameter, tell: TellChange): void {
  const [old, now] = [serializationOf(from), serializationOf(to)]
  // as text or as a media type: the rest does not apply to both
  if (old.form !== now.form) return tell(true, `${from.label}: ${old.form} → ${now.form}`)
  const field = old.style === now.style ? 'explode' : 'style'
  if (old[field] !== now[field]) {
    tell(true, `${from.label}: ${field} ${String(old[field])} → ${String(now[field])}`)
  }
  if (old.allowReserved !== now.allowReserved) {
    tell(old.allowReserved, `${from.label}: allowReserved ${String(now.allowReserved)}`)
  }
}

function serializationOf({ place, found: { value } }: Parameter) {
  const style =
    member(value, 'style') ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple')
  return {
    form: member(value, 'content') === undefined ? 'schema' : 'content',
    style,
    explode: member(value, 'explode') ?? (style === 'form' || style === 'cookie'),
    allowReserved: member(value, 'allowReserved') === true,
  }
}
