import type { DocumentNode, Operation, Schemas, ValidatorPlace } from '../../core/operation.ts'
import type { ParameterLocation, ParameterRule, Style } from '../rules.ts'
import { contentsOf, hasSchema } from './contents.ts'
import { shapeOf } from './shape.ts'

export type Rule = ParameterRule<ValidatorPlace>

/**
 * The parameters of an operation and of its path item; the operation's win (OpenAPI 3.2 §4.10.1).
 *
 * @param isWanted places whose parameters are checked; for others no validator is made
 * @throws Error with a sentence for a parameter that cannot be written as it is described
 */
export function parametersOf(
  { node, itemParameters, path }: Operation,
  schemas: Schemas,
  isWanted: (location: ParameterLocation) => boolean,
): readonly Rule[] {
  const rules = new Map<string, Rule>()
  for (const list of [itemParameters, node.get('parameters')]) {
    for (const index of list?.keys() ?? []) {
      const parameter = list!.get(index)
      if (parameter === undefined) throw new Error(`its parameter ${index} refers to nothing`)
      const rule = parameterRule(parameter, schemas, isWanted)
      if (rule !== undefined) rules.set(`${rule.in} ${rule.name}`, rule)
    }
  }
  const isThere = (name: string) => path.includes(`{${name}}`) || path.includes(`{${name}+}`)
  return [...rules.values()].filter((rule) => rule.in !== 'path' || isThere(rule.name))
}

function parameterRule(
  parameter: DocumentNode,
  schemas: Schemas,
  isWanted: (location: ParameterLocation) => boolean,
): Rule | undefined {
  const members = parameter.value as Readonly<Record<string, unknown>>
  const { in: location, name, required, allowEmptyValue } = members
  if (typeof name !== 'string' || !isLocation(location) || !isWanted(location)) return undefined
  if (location === 'header' && IGNORED.has(name.toLowerCase())) return undefined
  const flags = {
    ...((required === true || location === 'path') && { required: true }),
    ...(allowEmptyValue === true && { allowEmptyValue: true }),
  }
  return { ...flags, ...written(parameter, location, name, schemas) }
}

/** OpenAPI 3.2 §4.12.2: other parts of the document describe these. */
const IGNORED = new Set(['accept', 'content-type', 'authorization'])

/** Name, style and schema: what a Parameter Object and a Header Object have in common. */
export function written(
  node: DocumentNode,
  location: ParameterLocation,
  name: string,
  schemas: Schemas,
): Rule {
  const [media] = contentsOf(node, schemas)
  const schema = node.get('schema')
  const { style: given, explode } = node.value as Readonly<Record<string, unknown>>
  const style = styleOf(given, location, name)
  return {
    in: location,
    name,
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form' || style === 'cookie',
    shape: shapeOf(schema),
    ...(media && { media, ...(media.validate && { validate: media.validate }) }),
    ...(!media && hasSchema(node) && { validate: schemas.validator(node, 'schema') }),
  }
}

const STYLES: Readonly<Record<ParameterLocation, readonly [Style, ...Style[]]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
  querystring: ['form'],
}

const isLocation = (value: unknown): value is ParameterLocation =>
  typeof value === 'string' && Object.hasOwn(STYLES, value)

function styleOf(given: unknown, location: ParameterLocation, name: string): Style {
  const known = STYLES[location]
  if (given === undefined || location === 'querystring') return known[0]
  const style = known.find((one) => one === given)
  if (style !== undefined) return style
  throw new Error(
    `the ${location} parameter '${name}' has the style ${JSON.stringify(given)}, and may have ${known.join(', ')}`,
  )
}

/** Query parameters that hold an API key: the document knows them without listing them (OpenAPI §4.27). */
export function securityNames({ root }: Operation): readonly string[] {
  const schemes = root.get('components', 'securitySchemes')
  return (schemes?.keys() ?? []).flatMap((name) => {
    const scheme = schemes!.get(name)?.value as Readonly<Record<string, unknown>> | undefined
    const isKey = scheme?.['type'] === 'apiKey' && scheme['in'] === 'query'
    return isKey && typeof scheme['name'] === 'string' ? [scheme['name']] : []
  })
}
