import { readFileSync } from 'node:fs'
import { removeUriSchemePlugin } from '@hyperjump/browser'
// each of these registers its dialect
// oxlint-disable-next-line no-unassigned-import
import '@hyperjump/json-schema/draft-04'
// oxlint-disable-next-line no-unassigned-import
import '@hyperjump/json-schema/openapi-3-1'
import { registerSchema, validate } from '@hyperjump/json-schema/openapi-3-2'
import type { Json } from '@hyperjump/json-pointer'
import type { SchemaObject, Validator } from '@hyperjump/json-schema/openapi-3-2'
import type { EvaluationPlugin, ValidationContext } from '@hyperjump/json-schema/experimental'
import { value as instanceValue } from '@hyperjump/json-schema/instance/experimental'
import type { JsonNode } from '@hyperjump/json-schema/instance/experimental'

export type Version = '3.0' | '3.1' | '3.2'

/** What a value can be checked as. Anything but a whole document is for files that refs reach. */
export type Part = 'document' | 'pathItem' | 'parameter'

/** A keyword of the official schema that a value does not meet. */
export interface Failure {
  /** The keyword's short name; `false` where nothing may stand at all. */
  readonly keyword: string
  /** Its place in the official schema: the same for the same mistake at two places. */
  readonly rule: string
  /** What the keyword asks for, as compiled: a list of names, a type, a regular expression. */
  readonly expected: unknown
  /** Where, from the checked value's own root. */
  readonly pointer: string
  readonly actual: unknown
  /** What failed inside; for `oneOf` and `anyOf` the failures of all branches. */
  readonly causes: readonly Failure[]
}

/**
 * Checks a value against the official OpenAPI schema of that version; an empty list is a valid
 * one. The copies in `schemas/` are pinned (see the README there); nothing is ever fetched.
 * `format` is not asserted: it would refuse a document for a contact's e-mail address.
 *
 * @param dialect The document's `jsonSchemaDialect`; Schema Objects of any but OpenAPI's own
 *   dialect are left unchecked.
 */
export async function check(
  value: unknown,
  version: Version,
  part: Part,
  dialect?: unknown,
): Promise<readonly Failure[]> {
  const isOwnDialect = dialect === undefined || String(dialect).startsWith(openApi)
  const validator = await validatorFor(version, part, isOwnDialect)
  const collector = new Collector()
  validator(value as Json, { outputFormat: 'FLAG', plugins: [collector] })
  return collector.failures
}

const openApi = 'https://spec.openapis.org/oas/'

// A schema that is not registered is an error here, and never a request (no network at compile)
for (const scheme of ['http', 'https', 'file']) removeUriSchemePlugin(scheme)

const parts: Record<'draft-04' | '2020-12', Record<Part, string>> = {
  'draft-04': {
    document: '',
    pathItem: '#/definitions/PathItem',
    parameter: '#/definitions/Parameter',
  },
  '2020-12': { document: '', pathItem: '#/$defs/path-item', parameter: '#/$defs/parameter' },
}

const dialects = { '3.1': `${openApi}3.1/dialect/base`, '3.2': `${openApi}3.2/dialect` }

const validators = new Map<string, Promise<Validator>>()

/** Compiled once for a run; a recompile while somebody develops finds it ready. */
function validatorFor(version: Version, part: Part, isOwnDialect: boolean): Promise<Validator> {
  const withSchemas = isOwnDialect && version !== '3.0'
  const key = `${version} ${part} ${withSchemas}`
  let validator = validators.get(key)
  if (!validator) validators.set(key, (validator = compile(version, part, withSchemas)))
  return validator
}

const registered = new Map<Version, string>()

function register(version: Version): string {
  let id = registered.get(version)
  if (id) return id
  const text = readFileSync(new URL(`schemas/${version}.json`, import.meta.url), 'utf8')
  const schema = JSON.parse(text) as SchemaObject
  id = String(schema['$id'] ?? schema['id'])
  registered.set(version, id)
  registerSchema(schema)
  return id
}

function compile(version: Version, part: Part, withSchemas: boolean): Promise<Validator> {
  const official = register(version)
  const target = official + parts[version === '3.0' ? 'draft-04' : '2020-12'][part]
  if (!withSchemas || version === '3.0') return validate(target)
  // what the official `schema-base` does: it hangs the dialect into the `#meta` anchor
  const id = `cardea:${version}/${part}`
  registerSchema({
    $id: id,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $ref: target,
    $defs: { schema: { $dynamicAnchor: 'meta', $ref: dialects[version] } },
  })
  return validate(id)
}

type Collecting = ValidationContext & { failures?: Failure[] }

/** Builds the tree of failures while hyperjump walks; what it does not visit costs nothing. */
class Collector implements EvaluationPlugin<Collecting> {
  failures: readonly Failure[] = []

  afterKeyword(
    [id, rule, expected]: [string, string, unknown],
    instance: JsonNode,
    context: Collecting,
    isValid: boolean,
    schemaContext: Collecting,
  ): void {
    if (isValid) return
    const keyword = id.slice(id.lastIndexOf('/') + 1)
    const { pointer } = instance
    const causes = context.failures ?? []
    const actual: unknown = instanceValue(instance)
    const failure = { keyword, rule, expected, pointer, actual, causes }
    ;(schemaContext.failures ??= []).push(failure)
  }

  afterSchema(rule: string, instance: JsonNode, context: Collecting, isValid: boolean): void {
    if (!isValid && context.ast[rule] === false) {
      const actual: unknown = instanceValue(instance)
      const failure = { keyword: 'false', rule, expected: false, pointer: instance.pointer, actual }
      ;(context.failures ??= []).push({ ...failure, causes: [] })
    }
    this.failures = context.failures ?? []
  }
}
