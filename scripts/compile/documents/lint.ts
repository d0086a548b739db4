import type { Document } from './document.ts'
import type { Found } from './resolve.ts'
import type { Messages } from '../messages.ts'
import { readTemplate } from '../path-template.ts'
import { methods } from './methods.ts'
import { isObject, member, step } from './pointer.ts'

/**
 * What a gateway cares about and a schema cannot say: templates that cannot be routed, path
 * parameters that do not fit their template, operation ids that stand for two operations.
 * All are warnings.
 *
 * @returns The path keys that cannot be routed and are left out.
 */
export function lint(document: Document, messages: Messages): ReadonlySet<string> {
  const unusable = new Set<string>()
  const operationIds = new Map<string, string>()
  const paths = member(document.value, 'paths')
  for (const path of isObject(paths) ? Object.keys(paths) : []) {
    if (path.startsWith('x-')) continue
    const parameters = parametersOf(document, path, messages)
    if (parameters) lintPath(document, path, parameters, operationIds, messages)
    else unusable.add(path)
  }
  return unusable
}

/** Names of a template's parameters; undefined, and told, when it cannot be routed. */
function parametersOf(
  document: Document,
  path: string,
  messages: Messages,
): readonly string[] | undefined {
  try {
    // what follows `?` or `#` never reaches a router, which has its own word about such paths
    return readTemplate(path.replace(/[?#].*/s, '')).parameters
  } catch (error) {
    messages.warning(
      'invalid-path-template',
      document.source.at(step('/paths', path)),
      `The path '${path}' ${(error as Error).message}.`,
      'No request could be matched to it, so its operations are left out.',
      `Write a path as '/pets/{petId}', with each name once.`,
    )
    return undefined
  }
}

function lintPath(
  document: Document,
  path: string,
  expected: readonly string[],
  operationIds: Map<string, string>,
  messages: Messages,
): void {
  const item = document.pathItem(path)
  if (!item) return
  const shared = pathParameters(document, item.get('parameters'))
  for (const method of methods) {
    const operation = item.get(method)
    if (!operation || !isObject(operation.value)) continue
    const { source, pointer } = operation
    const own = pathParameters(document, {
      value: member(operation.value, 'parameters'),
      source,
      pointer: step(pointer, 'parameters'),
    })
    const declared = new Set([...shared.keys(), ...own.keys()])
    const label = `${method.toUpperCase()} ${path}`
    // an unreadable parameter may be the one that is missing
    const missing = declared.has(unknownName) ? [] : expected.filter((name) => !declared.has(name))
    for (const name of missing) {
      messages.warning(
        'undeclared-path-parameter',
        source.at(pointer),
        `'${label}' does not declare the path parameter '${name}'.`,
        'The gateway takes it as text of any form.',
        `Add { "name": "${name}", "in": "path", "required": true, "schema": … } to its parameters.`,
      )
    }
    for (const [name, at] of own) {
      if (name === unknownName || expected.includes(name)) continue
      messages.warning(
        'unused-path-parameter',
        at.source.at(at.pointer),
        `'${label}' declares the path parameter '${name}', which its path does not have.`,
        'It never has a value.',
        `Write '{${name}}' into the path, or remove the parameter.`,
      )
    }
    lintOperationId(operation, label, operationIds, messages)
  }
}

function lintOperationId(
  { value, source, pointer }: Found,
  label: string,
  seen: Map<string, string>,
  messages: Messages,
): void {
  const id = member(value, 'operationId')
  if (typeof id !== 'string') return
  const other = seen.get(id)
  if (other === undefined) return void seen.set(id, label)
  messages.warning(
    'duplicate-operation-id',
    source.at(step(pointer, 'operationId')),
    `'${label}' has the operationId '${id}', which '${other}' has too.`,
    'Links, logs and tools that name an operation by its id would mean both.',
    'Give each operation an id of its own.',
  )
}

const unknownName = Symbol('a parameter that could not be read')

/** Path parameters by name, with where they are declared. */
function pathParameters(
  document: Document,
  list: Found | undefined,
): Map<string | typeof unknownName, Found> {
  const found = new Map<string | typeof unknownName, Found>()
  if (!list || !Array.isArray(list.value)) return found
  list.value.forEach((value: unknown, index) => {
    const at = { value, source: list.source, pointer: step(list.pointer, index) }
    const parameter = document.resolve(value, at.source, at.pointer)
    if (!parameter) return void found.set(unknownName, at)
    const name = member(parameter.value, 'name')
    if (member(parameter.value, 'in') === 'path' && typeof name === 'string') found.set(name, at)
  })
  return found
}
