import { buildSchemaDocument, DIALECT_OAS_30, hasDialect } from './hyperjump.ts'
import type { SchemaDocument } from './hyperjump.ts'
import type { Dialect, Source } from './compile.ts'
import type { Faults } from './messages.ts'
import { isObject } from './json.ts'
import { withoutDisguises } from './disguises.ts'

const OAS_31 = 'https://spec.openapis.org/oas/3.1/dialect/base'
const OAS_32 = 'https://spec.openapis.org/oas/3.2/dialect/base'

const DIALECTS: Readonly<Record<Dialect, string>> = {
  'oas-3.0': DIALECT_OAS_30,
  'oas-3.1': OAS_31,
  'oas-3.2': hasDialect(OAS_32) ? OAS_32 : OAS_31,
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
}

/** The documents of one compile, by every URI under which they can be referred to. */
export type Documents = Readonly<Record<string, SchemaDocument>>

/**
 * Reads each source as a document of schemas.
 * @param fallback for sources that do not say which dialect they are written in.
 */
export function readDocuments(
  sources: readonly Source[],
  fallback: Dialect,
  faults: Faults,
): Documents {
  const documents: Record<string, SchemaDocument> = Object.create(null)
  for (const { uri, value } of sources) {
    const base = baseUri(uri, value)
    const document = readDocument(base, value, fallback, faults)
    if (document === undefined) continue
    for (const name of new Set([uri, base])) documents[name] = document
    for (const [id, embedded] of Object.entries(document.embedded ?? {})) {
      const part = embedded as SchemaDocument & { validated?: boolean }
      part.validated = true
      documents[id] ??= part
    }
  }
  return documents
}

function readDocument(
  uri: string,
  value: unknown,
  fallback: Dialect,
  faults: Faults,
): (SchemaDocument & { validated?: boolean }) | undefined {
  try {
    const schema = typeof value === 'boolean' ? value : withoutDisguises(value)
    if (typeof schema !== 'boolean' && !isObject(schema)) return undefined
    const dialect = dialectOf(schema, uri, fallback, faults)
    const document: SchemaDocument & { validated?: boolean } = buildSchemaDocument(
      schema as Parameters<typeof buildSchemaDocument>[0],
      uri,
      dialect,
    )
    // Without this hyperjump would check the whole OpenAPI document against its meta-schema, and
    // throw at the first fault. The builder checks each keyword itself and says where.
    document.validated = true
    return document
  } catch (error) {
    faults.error(
      'schema-document',
      uri,
      `This document cannot be read as a document of schemas: ${(error as Error).message}`,
      'Nothing that refers to it can be validated.',
      'Mend the $schema, $id or $anchor that the message names.',
    )
    return undefined
  }
}

function dialectOf(schema: unknown, uri: string, fallback: Dialect, faults: Faults): string {
  if (!isObject(schema)) return DIALECTS[fallback]
  const { openapi, jsonSchemaDialect } = schema
  if (typeof openapi !== 'string') return DIALECTS[fallback]
  if (/^3\.0(?:\.|$)/.test(openapi)) return DIALECTS['oas-3.0']
  if (typeof jsonSchemaDialect === 'string') {
    const named = jsonSchemaDialect.replace(/#$/, '')
    if (hasDialect(named)) return named
    faults.error(
      'schema-dialect',
      `${uri}#/jsonSchemaDialect`,
      `The schema dialect ${jsonSchemaDialect} is not known.`,
      'Its keywords could mean anything, so nothing would be validated as written.',
      'Use https://spec.openapis.org/oas/3.1/dialect/base or leave the field out.',
    )
  }
  return DIALECTS[/^3\.1(?:\.|$)/.test(openapi) ? 'oas-3.1' : 'oas-3.2']
}

/** OpenAPI 3.2 §4.1.1: `$self` is the document's own URI, relative to where it was found. */
export function baseUri(uri: string, value: unknown): string {
  const self = isObject(value) && typeof value['openapi'] === 'string' ? value['$self'] : undefined
  return typeof self === 'string' && URL.canParse(self, uri) ? new URL(self, uri).href : uri
}
