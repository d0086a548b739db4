import type { DocumentNode, Operation, Schemas } from '../../src/core/operation.ts'

/** A document of one file as compile hands it to a `<name>.compile.ts`: `$ref` is followed on every step. */
export function documentNode(root: unknown, ...path: readonly (string | number)[]): DocumentNode {
  const node = at(root, root, '#')
  return path.length === 0 ? node : node.get(...path)!
}

/** The operation at a place of a document, for what parts derive from one. */
export function operationAt(
  root: unknown,
  path: readonly (string | number)[],
  more: Partial<Operation> = {},
): Operation {
  const node = documentNode(root, ...path)
  const base = { id: 'test', method: 'GET', path: '/', basePath: '', server: undefined }
  return { ...base, node, itemParameters: undefined, root: documentNode(root), ...more }
}

/** For parts that ask for no validator. */
export const noSchemas: Schemas = {
  validator: () => {
    throw new Error('nobody makes validators here')
  },
  file: () => {
    throw new Error('there is no config folder here')
  },
}

function at(root: unknown, value: unknown, uri: string): DocumentNode {
  return {
    value,
    uri,
    get(...names) {
      let here = { value, uri }
      for (const name of names) {
        const next = child(here.value, String(name))
        if (next === undefined) return undefined
        here = follow(root, { value: next, uri: `${here.uri}/${escaped(String(name))}` })
      }
      return here.value === undefined ? undefined : at(root, here.value, here.uri)
    },
    keys: () => (typeof value === 'object' && value !== null ? Object.keys(value) : []),
  }
}

interface Place {
  readonly value: unknown
  readonly uri: string
}

function follow(root: unknown, place: Place): Place {
  const ref = child(place.value, '$ref')
  if (typeof ref !== 'string') return place
  let value = root
  for (const name of ref.slice(2).split('/')) {
    value = child(value, name.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return follow(root, { value, uri: ref })
}

const child = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
