import type { SyntaxTree } from './hyperjump.ts'
import type { Discriminator } from './ir.ts'
import { isObject } from './json.ts'
import { splitLocation } from './messages.ts'

const REF = 'https://json-schema.org/keyword/ref'

/**
 * Which alternative each value of the discriminating property names (OpenAPI 3.0 §4.7.25):
 * the component's own name, and what `mapping` adds. Alternatives without a name are left out.
 * @param at where the discriminator stands; `mapping` is relative to that document.
 * @param uris of the alternatives.
 */
export function readDiscriminator(
  tree: SyntaxTree,
  { propertyName, mapping, defaultMapping }: Readonly<Record<string, unknown>>,
  at: string,
  uris: readonly string[],
): Discriminator | undefined {
  if (typeof propertyName !== 'string') return undefined
  const base = splitLocation(at).uri
  const targets = uris.map((uri) => normal(targetOf(tree, uri)))
  const branches = new Map<string, number>()
  for (const [index, target] of targets.entries()) {
    const name = /\/schemas\/([^/]+)$/.exec(target)?.[1]
    if (name !== undefined) branches.set(name, index)
  }
  for (const [value, target] of Object.entries(isObject(mapping) ? mapping : {})) {
    const index = typeof target === 'string' ? targets.indexOf(resolved(target, base)) : -1
    if (index >= 0) branches.set(value, index)
  }
  if (branches.size === 0) return undefined
  // OpenAPI 3.2 §4.25: for values that are not named, and where the property is missing
  const other =
    typeof defaultMapping === 'string' ? targets.indexOf(resolved(defaultMapping, base)) : -1
  return {
    property: propertyName,
    branches: [...branches],
    ...(other >= 0 && { other }),
  }
}

/** An alternative is mostly `{ "$ref": … }`, and the name is that of what it refers to. */
function targetOf(tree: SyntaxTree, uri: string): string {
  const schema = tree.schema(uri)
  const entries = schema === undefined || typeof schema === 'boolean' ? [] : schema
  const reference = entries.find(([keyword]) => keyword === REF)
  return reference === undefined ? uri : String(reference[2])
}

function normal(location: string): string {
  const { uri, pointer } = splitLocation(location)
  return `${uri}#${pointer}`
}

/** `mapping` holds a URI reference or the bare name of a component. */
function resolved(target: string, base: string): string {
  const isName = /^[\w.-]+$/.test(target) && !/\.(?:json|ya?ml)$/.test(target)
  if (isName) return `${base}#/components/schemas/${target}`
  return URL.canParse(target, base) ? normal(new URL(target, base).href) : target
}
