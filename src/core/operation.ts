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
  /** The Operation Object; the Path Item Object where a handler answers every method. */
  readonly node: DocumentNode
  /** `parameters` of the Path Item Object, which hold for all its operations. */
  readonly itemParameters: DocumentNode | undefined
  /** The OpenAPI document. */
  readonly root: DocumentNode
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
export type Derive<O> = (operation: Operation, options: O, schemas: Schemas) => Derived<O>

/** Makes validators out of schemas. They are compiled once for the whole gateway, equal parts only once. */
export interface Schemas {
  /**
   * A validator of the schema that `parent` has under `name`. Not of the schema as a node: that would be
   * what a `$ref` leads to, without what stands beside it.
   *
   * @param side in a request nobody has to send what is `readOnly`, in a response what is `writeOnly`
   */
  validator(parent: DocumentNode, name: string | number, side?: SchemaSide): ValidatorPlace
  /**
   * A file of JSON Schema in the config folder, JSON or YAML. Throws with a sentence where there is none.
   * @param path relative to the folder
   */
  file(path: string): { readonly node: DocumentNode; readonly validator: ValidatorPlace }
}

export interface SchemaSide {
  readonly side: 'request' | 'response'
  /** What happens to a property that belongs to the other side and is sent all the same. */
  readonly foreign: 'allow' | 'refuse'
}

/**
 * Stands in what a part derives. `setup` finds the validator itself in its place, which is
 * `(value: unknown, limit?: number) => readonly Violation[] | null`.
 */
export interface ValidatorPlace {
  readonly validator: string
}

export interface Derived<O> {
  /** Options the user left out and the document knows. */
  readonly options?: Partial<O>
  /** JSON, and places of validators; handed to `setup` as its third argument. */
  readonly derived?: unknown
}
