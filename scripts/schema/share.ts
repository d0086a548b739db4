import { edgesOf } from './analysis.ts'
import { reaching } from './graph.ts'
import {
  mapNodes,
  subschemas,
  type NodeId,
  type Program,
  type SchemaNode,
  type Step,
} from './ir.ts'

export interface Shared {
  readonly program: Program
  readonly roots: readonly NodeId[]
}

/**
 * Makes one node of all that check the same thing, wherever they stand: the coarsest partition in
 * which members of a class have equal steps and children of equal classes. Recursive schemas are
 * merged too. A public document shrinks to a fifth.
 */
export function shareEqual(full: Program, roots: readonly NodeId[]): Shared {
  const program = withoutIdleResources(full)
  const skip = forwarding(program)
  const alive = reachable(program, roots.map(skip), skip)
  const classes = partition(program, alive, skip)
  const representatives = new Map<number, NodeId>()
  for (const node of alive) {
    const id = classes.get(node) ?? 0
    if (!representatives.has(id)) representatives.set(id, node)
  }
  const position = new Map([...representatives.keys()].map((id, index) => [id, index]))
  const place = (node: NodeId): NodeId => position.get(classes.get(skip(node)) ?? -1) ?? 0
  const nodes = [...representatives.values()].map((id): SchemaNode => {
    const node = program.nodes[id] ?? true
    if (typeof node === 'boolean') return node
    return { ...node, steps: node.steps.map((step) => mapNodes(step, place)) }
  })
  const anchors = new Map(
    [...program.anchors].map(([name, targets]) => {
      const kept = [...targets].filter(([, node]) => classes.has(skip(node)))
      return [name, new Map(kept.map(([anchor, node]) => [anchor, place(node)]))]
    }),
  )
  return { program: { nodes, anchors }, roots: roots.map(place) }
}

/** A resource matters only on the way to a `$dynamicRef`. */
function withoutIdleResources(program: Program): Program {
  const dynamic = program.nodes.flatMap((node, id) => (hasDynamicRef(node) ? [id] : []))
  const scoped = reaching(edgesOf(program, everyChild), dynamic)
  const nodes = program.nodes.map((node, id) =>
    typeof node === 'boolean' || scoped.has(id) ? node : { steps: node.steps },
  )
  return { ...program, nodes }
}

const everyChild = (step: Step): NodeId[] => {
  const { inPlace, below } = subschemas(step)
  return [...inPlace, ...below]
}

const hasDynamicRef = (node: SchemaNode): boolean =>
  typeof node !== 'boolean' && node.steps.some(({ kind }) => kind === 'dynamicRef')

/** Leads past nodes that only refer to another: `{ "$ref": … }`, `allOf` of one. */
function forwarding({ nodes }: Program): (node: NodeId) => NodeId {
  return (start) => {
    const seen = new Set<NodeId>()
    let current = start
    for (;;) {
      const node = nodes[current]
      if (typeof node !== 'object' || node.resource !== undefined) return current
      const [only, ...others] = node.steps
      if (only === undefined || others.length > 0 || seen.has(current)) return current
      seen.add(current)
      if (only.kind === 'ref') current = only.node
      else if (only.kind === 'allOf' && only.nodes.length === 1) current = only.nodes[0] ?? current
      else return current
    }
  }
}

function reachable(
  program: Program,
  roots: readonly NodeId[],
  skip: (node: NodeId) => NodeId,
): NodeId[] {
  const edges = edgesOf(program, everyChild)
  const seen = new Set(roots)
  const queue = [...roots]
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    for (const child of edges[node]?.map(skip) ?? []) {
      if (seen.has(child)) continue
      seen.add(child)
      queue.push(child)
    }
  }
  return [...seen].toSorted((a, b) => a - b)
}

/** Refines from "all nodes with the same steps" until no class splits any more. */
function partition(
  program: Program,
  alive: readonly NodeId[],
  skip: (node: NodeId) => NodeId,
): Map<NodeId, number> {
  const children = new Map<NodeId, readonly NodeId[]>()
  const shapes = new Interned()
  let classes = new Map<NodeId, number>()
  for (const id of alive) {
    const found: NodeId[] = []
    classes.set(id, shapes.number(shapeOf(program.nodes[id] ?? true, found)))
    children.set(id, found.map(skip))
  }
  let count = shapes.size
  for (;;) {
    const finer = new Interned()
    const next = new Map<NodeId, number>()
    for (const id of alive) {
      const below = children.get(id)?.map((child) => classes.get(child))
      next.set(id, finer.number(`${classes.get(id)} ${below?.join(' ')}`))
    }
    classes = next
    if (finer.size === count) return classes
    count = finer.size
  }
}

/** The node's own steps as text, its subschemas left out and collected in order. */
function shapeOf(node: SchemaNode, children: NodeId[]): string {
  if (typeof node === 'boolean') return String(node)
  const steps = node.steps.map((step) =>
    mapNodes(step, (child) => {
      children.push(child)
      return 0
    }),
  )
  return JSON.stringify([node.resource, steps])
}

class Interned {
  readonly #numbers = new Map<string, number>()

  number(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#numbers.size)
    return this.#numbers.size - 1
  }

  get size(): number {
    return this.#numbers.size
  }
}
