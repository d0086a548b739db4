import type { Root } from './compile.ts'
import type { KeywordEntry, SyntaxTree } from './hyperjump.ts'
import type { NodeId, Program, SchemaNode } from './ir.ts'
import { Draft } from './draft.ts'
import { keywords } from './keywords.ts'
import type { Faults } from './messages.ts'
import { hiddenNames, isMarked, PLAIN, type View } from './views.ts'

export interface Built {
  readonly program: Program
  /** Where each node stands in the documents, for messages. */
  readonly locations: readonly string[]
}

/** Turns hyperjump's syntax tree into a `Program`, one node for each schema and way to look at it. */
export class Builder {
  readonly faults: Faults
  /** Whether `format` is asserted. */
  readonly formats: boolean
  readonly #nodes: (SchemaNode | undefined)[] = []
  readonly #locations: string[] = []
  readonly #index = new Map<string, NodeId>()
  readonly #trees = new Map<SyntaxTree, number>()
  readonly #unknownFormats = new Set<string>()
  readonly #anchors = new Map<string, Map<string, NodeId>>()

  constructor(faults: Faults, formats: boolean) {
    this.faults = faults
    this.formats = formats
  }

  /** @param uri as `SchemaReader.read` returned it. */
  root(tree: SyntaxTree, uri: string, root: Root): NodeId {
    const mark = root.variant && (root.variant === 'request' ? 'readOnly' : 'writeOnly')
    const view: View =
      mark === undefined ? PLAIN : { mark, refuse: root.foreign === 'refuse', hidden: [] }
    return this.node(tree, uri, view)
  }

  node(tree: SyntaxTree, uri: string, view: View): NodeId {
    const key = `${this.#treeNumber(tree)} ${keyOf(view)} ${uri}`
    const known = this.#index.get(key)
    if (known !== undefined) return known
    const id = this.add(uri, undefined)
    this.#index.set(key, id)
    this.#nodes[id] = this.#build(tree, uri, view)
    return id
  }

  /** A node that stands for no schema of the document. */
  add(location: string, node: SchemaNode | undefined): NodeId {
    this.#nodes.push(node)
    this.#locations.push(location)
    return this.#nodes.length - 1
  }

  finish(): Built {
    const nodes = this.#nodes.map((node) => node ?? true)
    return { program: { nodes, anchors: this.#anchors }, locations: this.#locations }
  }

  #treeNumber(tree: SyntaxTree): number {
    const known = this.#trees.get(tree)
    if (known !== undefined) return known
    this.#trees.set(tree, this.#trees.size)
    return this.#trees.size - 1
  }

  #build(tree: SyntaxTree, uri: string, view: View): SchemaNode {
    const schema = tree.schema(uri)
    if (schema === undefined) throw new Error(`no schema was compiled for ${uri}`)
    if (typeof schema === 'boolean') return schema
    const hidden = view.mark === undefined ? [] : hiddenNames(tree, uri, view)
    const draft = new Draft(this, tree, { ...view, hidden })
    for (const entry of schema) read(draft, entry)
    const steps = draft.steps()
    const resource = this.#resource(tree, uri, view)
    if (resource === undefined) return steps.length === 0 ? true : { steps }
    return { resource, steps }
  }

  /**
   * Names the resource that a schema belongs to when that resource has dynamic anchors. Other
   * trees and views have other nodes behind the same anchors.
   */
  #resource(tree: SyntaxTree, uri: string, view: View): string | undefined {
    const base = uri.split('#', 1)[0] ?? ''
    const anchors = Object.entries(tree.metaData[base]?.dynamicAnchors ?? {})
    if (anchors.length === 0) return undefined
    const name = this.resourceName(tree, base, view)
    const nodes = this.#anchors.get(name) ?? new Map<string, NodeId>()
    this.#anchors.set(name, nodes)
    for (const [anchor, target] of anchors) {
      if (!nodes.has(anchor) && tree.schema(target) !== undefined) {
        nodes.set(anchor, this.node(tree, target, { ...view, hidden: [] }))
      }
    }
    return name
  }

  resourceName(tree: SyntaxTree, base: string, view: View): string {
    return `${this.#treeNumber(tree)} ${keyOf({ ...view, hidden: [] })} ${base}`
  }

  /** Makes sure that everything a dynamic reference may lead to is part of the program. */
  includeAnchors(tree: SyntaxTree, anchor: string, view: View): void {
    for (const [base, { dynamicAnchors }] of Object.entries(tree.metaData)) {
      if (Object.hasOwn(dynamicAnchors, anchor)) this.#resource(tree, `${base}#`, view)
    }
  }

  /** Whether an unknown format has not been met in this document: one message for all of them. */
  isNewFormat(name: string, uri: string): boolean {
    const key = `${uri.split('#', 1)[0]} ${name}`
    if (this.#unknownFormats.has(key)) return false
    this.#unknownFormats.add(key)
    return true
  }

  /** Whether a property is one that this view leaves to the other side. */
  isForeign(tree: SyntaxTree, uri: string, view: View): boolean {
    return view.mark !== undefined && isMarked(tree, uri, view.mark)
  }
}

const keyOf = ({ mark, refuse, hidden }: View): string =>
  mark === undefined ? '-' : `${mark}${refuse ? '!' : ''}${JSON.stringify(hidden)}`

function read(draft: Draft, [keywordId, uri, value]: KeywordEntry): void {
  const name = shortName(keywordId)
  const handler = keywords[name]
  if (handler === undefined) {
    draft.builder.faults.error(
      'schema-keyword',
      uri,
      `The keyword behind ${keywordId} is not supported.`,
      'A validator without it would let through what the schema refuses.',
      'Say the same with keywords of JSON Schema 2020-12.',
    )
    return
  }
  handler(draft, value, uri)
}

/** hyperjump's keyword id without the common prefixes: 'minimum', 'draft-04/minimum'. */
function shortName(id: string): string {
  return id
    .replace(/#.*$/, '')
    .replace('https://json-schema.org/keyword/', '')
    .replace('https://spec.openapis.org/oas/3.0/keyword/', 'oas-3.0/')
}
