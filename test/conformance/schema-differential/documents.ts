import { schemaUri, type Root } from '../../../scripts/schema/compile.ts'

type Members = Readonly<Record<string, unknown>>

const members = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A JSON body somewhere in an OpenAPI document, with the examples published for it. */
export interface Body {
  readonly root: Root
  readonly schema: unknown
  readonly examples: readonly unknown[]
}

/** Request and 2xx response bodies with a JSON media type. */
export function jsonBodies(document: unknown, uri: string): Body[] {
  const follow = (value: unknown, pointer: string): [Members, string] => {
    const reference = members(value)['$ref']
    if (typeof reference !== 'string') return [members(value), pointer]
    return [members(at(document, reference.slice(1))), reference.slice(1)]
  }
  return operations(document).flatMap(({ operation, pointer }) => {
    const responses = Object.entries(members(operation['responses']))
      .filter(([status]) => status.startsWith('2'))
      .map(([status, response]) => [response, `${pointer}/responses/${status}`] as const)
    const holders = [[operation['requestBody'], `${pointer}/requestBody`] as const, ...responses]
    return holders.flatMap(([value, where]) => {
      const [holder, found] = follow(value, where)
      return Object.entries(members(holder['content'])).flatMap(([type, media]) => {
        const { schema, examples, example } = members(media)
        if (!/json/.test(type) || schema === undefined) return []
        const place = `${found}/content/${escaped(type)}/schema`
        const root: Root = {
          id: `${where} ${type}`,
          uri: schemaUri(uri, place),
          dialect: 'oas-3.0',
        }
        const published = Object.values(members(examples)).map((one) => follow(one, '')[0]['value'])
        const all = example === undefined ? published : [example, ...published]
        return [{ root, schema, examples: all.filter((one) => one !== undefined) }]
      })
    })
  })
}

function operations(document: unknown): { operation: Members; pointer: string }[] {
  return Object.entries(members(members(document)['paths'])).flatMap(([path, item]) =>
    Object.entries(members(item)).flatMap(([method, value]) => {
      const operation = members(value)
      if (operation['responses'] === undefined) return []
      return [{ operation, pointer: `/paths/${escaped(path)}/${method}` }]
    }),
  )
}

/** What a plain pointer of such a document points to. */
export function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, part) => members(value)[part.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    )
}
