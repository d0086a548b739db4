/**
 * What compile tells a part about the operation it stands on. A part that wants to know has a
 * `<name>.compile.ts` beside it, which runs in Node while compiling and never reaches the Worker.
 */
export interface Operation {
  /** `operationId`, or method and path. */
  readonly id: string
  readonly method: string
  /** The template in the gateway's coordinates, `x-base-path` included. */
  readonly path: string
  /** `x-base-path`, or ''. */
  readonly basePath: string
  /** `servers[0].url` with its variables filled in, if it is absolute. */
  readonly server: string | undefined
  /** The Operation Object. */
  readonly node: DocumentNode
}

/** A place in an OpenAPI document. `$ref` is followed on every step, also into other files. */
export interface DocumentNode {
  readonly value: unknown
  /** `file:` URL with the JSON Pointer as its fragment: the same place has the same text. */
  readonly uri: string
  /** Undefined where there is nothing, or where a reference is dead. */
  get(...names: readonly (string | number)[]): DocumentNode | undefined
  /** Names of an object's members, or indices of a list. */
  keys(): readonly string[]
}

/** Default export of a `<name>.compile.ts`. Throw an Error with a sentence to refuse the operation. */
export type Derive<O> = (operation: Operation, options: O) => Derived<O>

export interface Derived<O> {
  /** Options the user left out and the document knows. */
  readonly options?: Partial<O>
  /** JSON, handed to `setup` as its third argument. */
  readonly derived?: unknown
}
