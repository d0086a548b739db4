import { findDeadReference } from './dead-reference.ts'
import { baseUri, readDocuments } from './documents.ts'
import { emitModule } from './emit/module.ts'
import { SchemaReader } from './hyperjump.ts'
import { Faults, splitLocation } from './messages.ts'
import { Builder } from './build.ts'
import type { NodeId } from './ir.ts'
import { reportEndless } from './endless.ts'
import { shareEqual } from './share.ts'

export type Dialect = 'oas-3.0' | 'oas-3.1' | 'oas-3.2' | '2020-12'

/** A parsed JSON or YAML document: an OpenAPI document or a file of schemas. */
export interface Source {
  /** Absolute, without fragment. `file:` is as good as `https:`; nothing is ever fetched. */
  readonly uri: string
  readonly value: unknown
}

/** One schema to make a validator of. */
export interface Root {
  /** Any text, unique among the roots; the export is named after it. */
  readonly id: string
  /** Where the schema is: the source's URI and, after #, a JSON pointer (see `schemaUri`). */
  readonly uri: string
  /** For sources that name no dialect themselves (`openapi`, `$schema`). */
  readonly dialect: Dialect
  /**
   * In a request nobody has to send what is `readOnly`, in a response what is `writeOnly`
   * (OpenAPI 3.0 §4.7.24.2, JSON Schema validation §9.4).
   */
  readonly variant?: 'request' | 'response'
  /** With `variant`: whether such a property is refused when it is sent. Default 'allow'. */
  readonly foreign?: 'allow' | 'refuse'
}

export interface Fault {
  /** With an error the module must not be used: it lacks something that a schema says. */
  readonly level: 'error' | 'warning'
  /** Stable, kebab-case. */
  readonly code: string
  readonly uri: string
  /** RFC 6901; '' is the whole document. */
  readonly pointer: string
  /** What is wrong, why that matters, what to write instead: a sentence each. */
  readonly what: string
  readonly why: string
  readonly instead: string
}

export interface Compiled {
  /** The text of one ES module (plain JavaScript, importing only the run-time helpers). */
  readonly module: string
  /** Its declarations, for a `.d.ts` beside it. */
  readonly types: string
  /** Root id → name of the exported `Validate`. Roots that could not be read are absent. */
  readonly exports: ReadonlyMap<string, string>
  readonly messages: readonly Fault[]
}

export interface Options {
  /** What the module imports its helpers from. Default: as seen from `src/generated/`. */
  readonly runtime?: string
  /** Whether `format` is asserted. Default true; JSON Schema alone says it is an annotation. */
  readonly formats?: boolean
}

const RUNTIME = '../openapi/schema/runtime.ts'

/** Compiles schemas into one module of validators. Never throws for what a document says. */
export async function compileSchemas(
  input: { readonly sources: readonly Source[]; readonly roots: readonly Root[] },
  options: Options = {},
): Promise<Compiled> {
  const faults = new Faults()
  const values = new Map(input.sources.map(({ uri, value }) => [uri, value]))
  const builder = new Builder(faults, options.formats ?? true)
  const nodes = new Map<string, NodeId>()
  for (const dialect of new Set(input.roots.map((root) => root.dialect))) {
    const reader = new SchemaReader(readDocuments(input.sources, dialect, faults))
    for (const root of input.roots.filter((one) => one.dialect === dialect)) {
      const node = await buildRoot(root, reader, builder, values, faults)
      if (node !== undefined) nodes.set(root.id, node)
    }
  }
  const built = builder.finish()
  const ids = [...nodes.keys()]
  const endless = reportEndless(built, faults)
  const roots = ids.filter((id) => !endless.has(nodes.get(id) ?? -1))
  const shared = shareEqual(
    built.program,
    roots.map((id) => nodes.get(id) ?? 0),
  )
  const named = new Map(roots.map((id, index) => [id, shared.roots[index] ?? 0]))
  return {
    ...emitModule(shared.program, named, options.runtime ?? RUNTIME),
    messages: faults.all,
  }
}

async function buildRoot(
  root: Root,
  reader: SchemaReader,
  builder: Builder,
  values: ReadonlyMap<string, unknown>,
  faults: Faults,
): Promise<NodeId | undefined> {
  const { uri, pointer } = splitLocation(root.uri)
  const start = schemaUri(baseUri(uri, values.get(uri)), pointer)
  try {
    const schema = await reader.read(start)
    return builder.root(reader, schema, root)
  } catch (error) {
    const dead = findDeadReference(start, values)
    if (dead === undefined) {
      faults.error(
        'schema-unreadable',
        root.uri,
        `This schema cannot be read: ${(error as Error).message}`,
        'Without it nothing can be validated here.',
        'Mend what the message names, or leave validation off for this operation.',
      )
      return undefined
    }
    faults.error(
      'schema-reference',
      dead.at,
      `The reference ${JSON.stringify(dead.reference)} leads nowhere.`,
      'Cardea never downloads while it compiles; all it has are the files it was given.',
      'Correct the reference, or save the document beside the others and refer to that file.',
    )
    return undefined
  }
}

/** The URI of a schema inside a document: its pointer as a fragment (RFC 6901 §6). */
export const schemaUri = (document: string, pointer: string): string =>
  `${document}#${encodeURI(pointer)}`
