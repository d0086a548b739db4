// The only file that touches @hyperjump/json-schema. Its syntax tree is an experimental API: the
// version is pinned, and the conformance tests are the guard.
import { entries, has, keys, removeUriSchemePlugin, step, typeOf, value } from '@hyperjump/browser'
import type { Browser } from '@hyperjump/browser'
/* oxlint-disable import/no-unassigned-import -- each of these imports registers a dialect */
import '@hyperjump/json-schema/draft-04'
import '@hyperjump/json-schema/draft-06'
import '@hyperjump/json-schema/draft-07'
import '@hyperjump/json-schema/draft-2019-09'
import '@hyperjump/json-schema/draft-2020-12'
import '@hyperjump/json-schema/openapi-3-0'
import '@hyperjump/json-schema/openapi-3-1'
import '@hyperjump/json-schema/openapi-3-2'
import {
  addKeyword,
  buildSchemaDocument,
  getKeyword,
  getKeywordName,
  getSchema,
  hasDialect,
  loadDialect,
  Validation,
} from '@hyperjump/json-schema/experimental'
import type { Keyword, SchemaDocument } from '@hyperjump/json-schema/experimental'
import { asIri } from './iri.ts'
import { splitLocation } from './messages.ts'
import { compilePattern } from './pattern/legal.ts'

export { buildSchemaDocument, hasDialect }
export type { SchemaDocument }

/** One keyword of a schema: hyperjump's id of it, its own URI, and its compiled value. */
export type KeywordEntry = readonly [keywordId: string, uri: string, value: unknown]

export interface SyntaxTree {
  readonly metaData: Readonly<
    Record<string, { readonly dynamicAnchors: Readonly<Record<string, string>> }>
  >
  schema(uri: string): boolean | readonly KeywordEntry[] | undefined
}

/** OpenAPI 3.0, but lenient to keywords that it does not have: real documents are full of them. */
export const DIALECT_OAS_30 = 'https://cardea.invalid/dialect/oas-3.0'
loadDialect(DIALECT_OAS_30, { 'https://spec.openapis.org/oas/3.0/dialect': true }, true)

// A compile never downloads: what a document refers to has to be among the sources.
for (const scheme of ['http', 'https', 'file']) removeUriSchemePlugin(scheme)

type Ast = Parameters<typeof Validation.compile>[1]

/** Its declared third parameter is not used by hyperjump either. */
const compile = Validation.compile as (schema: Browser, ast: Ast) => Promise<string>

/** Compiles schemas of one set of documents into one shared syntax tree. */
export class SchemaReader implements SyntaxTree {
  readonly #documents: Readonly<Record<string, SchemaDocument>>
  readonly #ast = { metaData: {}, plugins: new Set() } as unknown as Ast
  /** What the schema that is being read has added. Looking through all would take quadratic time. */
  readonly #added: string[] = []
  readonly #noted: Ast = new Proxy(this.#ast, {
    set: (ast, name, value) => {
      this.#added.push(String(name))
      return Reflect.set(ast, name, value)
    },
  })

  constructor(documents: Readonly<Record<string, SchemaDocument>>) {
    this.#documents = documents
  }

  get metaData(): SyntaxTree['metaData'] {
    return this.#ast.metaData
  }

  schema(uri: string): boolean | readonly KeywordEntry[] | undefined {
    return Object.hasOwn(this.#ast, uri) ? this.#ast[uri] : undefined
  }

  /**
   * @returns the URI under which `schema` finds it.
   * @throws whatever hyperjump throws for a reference that leads nowhere.
   */
  async read(uri: string): Promise<string> {
    this.#added.length = 0
    try {
      const schema = await compile(await this.find(uri), this.#noted)
      await this.#readAnchors()
      return schema
    } catch (error) {
      // What was compiled on the way has placeholders in it that read as `false`
      for (const half of this.#added) delete this.#ast[half]
      throw error
    }
  }

  /** Whatever has a dynamic anchor can be where a `$dynamicRef` leads, referred to or not. */
  async #readAnchors(): Promise<void> {
    if (![...this.#ast.plugins].some(({ id }) => id?.includes('dynamicRef'))) return
    for (;;) {
      const missing = Object.values(this.metaData)
        .flatMap(({ dynamicAnchors }) => Object.values(dynamicAnchors))
        .filter((target) => this.schema(target) === undefined)
      if (missing.length === 0) return
      for (const target of missing) await compile(await this.find(target), this.#noted)
    }
  }

  /**
   * Goes to a pointer step by step: as part of a URI a name with a # in it could not be said.
   * @throws when there is no such document or nothing at that pointer.
   */
  async find(uri: string): Promise<Browser<SchemaDocument>> {
    const { uri: base, pointer } = splitLocation(uri)
    const isPointer = pointer.startsWith('/')
    const browser = { _cache: this.#documents } as unknown as Browser
    let found: Browser = await getSchema(asIri(isPointer ? base : uri), browser)
    for (const part of isPointer ? pointer.slice(1).split('/') : []) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
      if (!['object', 'array'].includes(typeOf(found)) || !has(name, found)) {
        throw new Error(`nothing at ${uri}`)
      }
      found = await step(name, found)
    }
    return found as Browser<SchemaDocument>
  }
}

/** hyperjump compiles every pattern with the `u` flag and throws where that is not legal. */
function tolerate<A>(id: string, tolerant: Keyword<A>['compile']): void {
  addKeyword({ ...getKeyword<A>(id), compile: tolerant })
}

tolerate('https://json-schema.org/keyword/pattern', async (schema) =>
  compilePattern(String(value(schema))),
)

tolerate('https://json-schema.org/keyword/patternProperties', async (schema, ast) => {
  const compiled: [RegExp, string][] = []
  for await (const [pattern, child] of entries(schema)) {
    compiled.push([compilePattern(pattern), await compile(child, ast)])
  }
  return compiled
})

// The generator works out by itself which properties are additional
tolerate('https://json-schema.org/keyword/additionalProperties', async (schema, ast, parent) => [
  await definedProperties(parent),
  await compile(schema, ast),
])

/** Kept equal in meaning to hyperjump's own, whose interpreter others in this process may run. */
async function definedProperties(parent: Browser<SchemaDocument>): Promise<RegExp> {
  const { dialectId } = parent.document
  const namesOf = async (keyword: string): Promise<string[]> => {
    const name = getKeywordName(dialectId, `https://json-schema.org/keyword/${keyword}`)
    const child = await step(name, parent)
    return typeOf(child) === 'object' ? [...keys(child)] : []
  }
  const names = (await namesOf('properties')).map(
    (name) =>
      `^${name.replaceAll(/[|\\{}()[\]^$+*?.]/g, String.raw`\$&`).replaceAll('-', String.raw`\x2d`)}$`,
  )
  const patterns = await namesOf('patternProperties')
  return compilePattern([...names, ...patterns].join('|') || '(?!)')
}
