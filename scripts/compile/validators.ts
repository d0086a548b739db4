import type { DocumentNode, Schemas, SchemaSide, ValidatorPlace } from '../../src/core/operation.ts'
import {
  compileSchemas,
  type Dialect,
  type Fault,
  type Root,
  schemaUri,
} from '../schema/compile.ts'
import type { Document } from './documents/document.ts'
import { isObject, member, names, step, valueAt } from './documents/pointer.ts'
import type { Found } from './documents/resolve.ts'
import type { Source } from './documents/source.ts'
import type { Messages } from './messages.ts'
import { nodeOf, placeOf } from './nodes.ts'
import { readSchemaFile } from './schema-files.ts'

/** What the generated code finds in `validators.ts`. */
export interface CompiledValidators {
  /** `undefined` when no part asks for one. */
  readonly module: ((runtime: string) => string) | undefined
  /** The name of the export that stands at a place. */
  nameOf(place: Place): string
}

/** One wish for a validator. A class, so that nothing in a document can be taken for one. */
export class Place implements ValidatorPlace {
  readonly validator: string

  constructor(id: string) {
    this.validator = id
  }
}

/** Collects what parts ask for while routes are compiled; then one run makes all validators of the gateway. */
export class Validators {
  readonly #root: string
  readonly #messages: Messages
  readonly #sources = new Map<string, Source>()
  readonly #roots: Root[] = []
  readonly #places = new Map<string, Place>()
  readonly #ids = new Set<string>()

  /** @param root the config folder */
  constructor(root: string, messages: Messages) {
    this.#root = root
    this.#messages = messages
  }

  /** Every file that some validator is made of. */
  get sources(): Iterable<Source> {
    return this.#sources.values()
  }

  of(document: Document): Schemas {
    return {
      validator: (parent, name, side) => {
        for (const source of document.sources) this.#sources.set(source.uri, source)
        const target = targetOf(document, parent, name)
        return this.#place(target, `oas-${document.version}`, side)
      },
      file: (path) => this.file(path),
    }
  }

  /** A file of JSON Schema, for parts that stand on no operation. */
  file(path: string): { readonly node: DocumentNode; readonly validator: ValidatorPlace } {
    const [source, ...others] = readSchemaFile(this.#root, path)
    for (const one of [source, ...others]) this.#sources.set(one.uri, one)
    const found: Found = { value: source.value, source, pointer: '' }
    const resolve = (value: unknown, from: Source, pointer: string) => ({
      value,
      source: from,
      pointer,
    })
    return {
      node: nodeOf({ resolve }, found),
      validator: this.#place(found, '2020-12', undefined),
    }
  }

  /** Compiles everything that was asked for. What is wrong with a schema becomes a message where it stands. */
  async compile(): Promise<CompiledValidators> {
    const nothing = { module: undefined, nameOf: (place: Place) => place.validator }
    if (this.#roots.length === 0) return nothing
    const sources = [...this.#sources.values()].map(({ uri, value }) => ({ uri, value }))
    const compiled = await compileSchemas({ sources, roots: this.#roots }, { runtime: RUNTIME })
    this.#tell(compiled.messages)
    return {
      module: (runtime) => HEAD + compiled.module.replace(RUNTIME, () => runtime),
      // one without an export had an error, and then nothing is written
      nameOf: ({ validator }) => compiled.exports.get(validator) ?? 'missing',
    }
  }

  #place(found: Found, dialect: Dialect, side: SchemaSide | undefined): Place {
    const uri = schemaUri(found.source.uri, found.pointer)
    const key = `${dialect} ${side?.side} ${side?.foreign} ${uri}`
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const id = this.#unique(nameOf(found, side))
    const variant = side && { variant: side.side, foreign: side.foreign }
    this.#roots.push({ id, uri, dialect, ...variant })
    const place = new Place(id)
    this.#places.set(key, place)
    return place
  }

  #unique(name: string): string {
    let id = name
    for (let i = 2; this.#ids.has(id); i++) id = `${name} ${i}`
    this.#ids.add(id)
    return id
  }

  #tell(faults: readonly Fault[]): void {
    for (const group of Map.groupBy(faults, ({ level, code }) => `${level} ${code}`).values()) {
      for (const fault of group.slice(0, MESSAGES_MAX)) {
        this.#messages[fault.level](
          fault.code,
          this.#at(fault),
          fault.what,
          fault.why,
          fault.instead,
        )
      }
      const [first] = group
      if (first === undefined || group.length <= MESSAGES_MAX) continue
      this.#messages[first.level](
        first.code,
        { ...this.#at(first), pointer: '', line: 1, column: 1 },
        `There are ${group.length - MESSAGES_MAX} more messages of this kind.`,
        `Only the first ${MESSAGES_MAX} are told.`,
        'Mend those and compile again to see the others.',
      )
    }
  }

  #at({ uri, pointer }: Fault) {
    const source = this.#sources.get(uri)
    return source?.at(pointer) ?? { file: uri, pointer, line: 1, column: 1 }
  }
}

/** Of one kind; a document that writes one mistake everywhere should not fill the screen. */
const MESSAGES_MAX = 20

/** Stands for the path that only the emitter knows. */
const RUNTIME = '#schema-runtime'
/** Its functions have no types: the module is plain JavaScript, in a file that every build takes. */
const HEAD = '// @ts-nocheck\n'

/** A schema that is nothing but a reference is the one it leads to, so that it gets one validator. */
function targetOf(document: Document, parent: DocumentNode, name: string | number): Found {
  const { value, source, pointer } = placeOf(parent)
  const found: Found = { value: member(value, String(name)), source, pointer: step(pointer, name) }
  const ref = isObject(found.value) ? member(found.value, '$ref') : undefined
  if (typeof ref !== 'string' || Object.keys(found.value as object).length > 1) return found
  const target = document.resolve(found.value, source, found.pointer)
  const isNext = ref.startsWith('#/') && valueAt(source.value, target?.pointer ?? '-') !== undefined
  return target !== undefined && isNext && pointerIn(ref) === target.pointer ? target : found
}

function pointerIn(ref: string): string | undefined {
  try {
    return decodeURIComponent(ref.slice(1))
  } catch {
    return undefined
  }
}

/** What a person reads in `gateway.ts`: `components/schemas/Order` is `Order`. */
function nameOf({ source, pointer }: Found, side: SchemaSide | undefined): string {
  const path = names(pointer) ?? []
  const [first, kind, ...rest] = path
  const plain =
    first === 'components' && kind !== undefined
      ? rest
      : path.slice(1).filter((one) => one !== 'content' && one !== 'schema' && one !== 'itemSchema')
  const name = plain.length === 0 ? source.file : plain.join(' ')
  return side === undefined ? name : `${name} in ${side.side}`
}
