/** What a reader of one format hands back. Offsets are UTF-16 code units into the text. */
export interface Parsed {
  /** Undefined when the text could not be read at all. */
  readonly value: unknown
  /** What is wrong with the text; an empty list is a good file. */
  readonly findings: readonly Finding[]
  /** Where the value that a path leads to stands, or else the nearest one above it. */
  readonly offset: (path: readonly string[]) => number
}

export interface Finding {
  readonly code: 'invalid-json' | 'invalid-yaml' | 'duplicate-key' | 'unknown-yaml-tag'
  readonly offset: number
  readonly pointer: string
  /** The name that stands twice, or what the parser says, without a full stop. */
  readonly detail: string
}
