import type { SyntaxTree } from './hyperjump.ts'

/** How a schema is looked at: as it stands, or from one side of the wire. */
export interface View {
  /** The annotation of properties that belong to the other side; undefined for neither side. */
  readonly mark: 'readOnly' | 'writeOnly' | undefined
  /** Whether such a property is refused when it is sent all the same. */
  readonly refuse: boolean
  /** Properties that need not be there, sorted: `required` may name them in another subschema. */
  readonly hidden: readonly string[]
}

export const PLAIN: View = { mark: undefined, refuse: false, hidden: [] }

/** The same view for a value further down, where other properties are meant. */
export const below = (view: View): View =>
  view.hidden.length === 0 ? view : { ...view, hidden: [] }

const KEYWORD = 'https://json-schema.org/keyword/'

/** Whether a property's schema carries the mark, itself or through `$ref` and `allOf`. */
export function isMarked(
  tree: SyntaxTree,
  uri: string,
  mark: 'readOnly' | 'writeOnly',
  seen: Set<string> = new Set(),
): boolean {
  if (seen.has(uri)) return false
  seen.add(uri)
  const schema = tree.schema(uri)
  if (schema === undefined || typeof schema === 'boolean') return false
  return schema.some(([id, , value]) => {
    if (id === KEYWORD + mark) return value === true
    if (id === `${KEYWORD}ref`) return isMarked(tree, String(value), mark, seen)
    if (id === `${KEYWORD}allOf`) {
      return (value as readonly string[]).some((one) => isMarked(tree, one, mark, seen))
    }
    return false
  })
}

/** Marked properties of a schema and of everything it applies to the same value. */
export function hiddenNames(tree: SyntaxTree, uri: string, view: View): readonly string[] {
  const names = new Set(view.hidden)
  const seen = new Set<string>()
  const queue = [uri]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const schema = tree.schema(next)
    if (seen.has(next) || schema === undefined || typeof schema === 'boolean') continue
    seen.add(next)
    for (const [id, , value] of schema) {
      if (id === `${KEYWORD}properties` && view.mark !== undefined) {
        for (const [name, child] of Object.entries(value as Record<string, string>)) {
          if (isMarked(tree, child, view.mark)) names.add(name)
        }
      }
      queue.push(...inPlace(id, value))
    }
  }
  return [...names].toSorted()
}

/** The schemas that a keyword applies to the value itself. */
function inPlace(id: string, value: unknown): readonly string[] {
  switch (id.slice(KEYWORD.length)) {
    case 'ref':
      return [value as string]
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return value as readonly string[]
    case 'then':
    case 'else':
      return (value as readonly string[]).slice(1)
    case 'dependentSchemas':
      return (value as readonly (readonly [string, string])[]).map(([, child]) => child)
    default:
      return []
  }
}
