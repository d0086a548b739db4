import { TYPE_BITS } from '../../src/openapi/schema/violation.ts'
import { cyclicNodes, reaching, type Edges } from './graph.ts'
import { subschemas, type CompositeNode, type NodeId, type Program, type Step } from './ir.ts'

/** What the generator has to know of each node beyond its own steps. */
export interface Analysis {
  /** Part of a cycle: how often it is entered is up to the value. */
  readonly cyclic: ReadonlySet<NodeId>
  /** Validates to a depth, or compares to a depth, that is up to the value. */
  readonly deep: ReadonlySet<NodeId>
  /** Reaches a `$dynamicRef`, so it has to know its dynamic scope. */
  readonly scoped: ReadonlySet<NodeId>
  /** Looks at properties or items, which `unevaluated*` of a schema above may ask for. */
  readonly evaluating: ReadonlySet<NodeId>
}

export function analyse(program: Program): Analysis {
  const inPlace = edgesOf(program, (step) => subschemas(step).inPlace)
  const all = edgesOf(program, (step) => {
    const children = subschemas(step)
    return [...children.inPlace, ...children.below]
  })
  const having = (test: (step: Step) => boolean): NodeId[] => nodesWith(program, test)
  const cyclic = cyclicNodes(all)
  return {
    cyclic,
    deep: reaching(all, [...cyclic, ...having((step) => comparesDeeply(program, step))]),
    scoped: reaching(
      all,
      having(({ kind }) => kind === 'dynamicRef'),
    ),
    evaluating: reaching(inPlace, having(evaluates)),
  }
}

/** `uniqueItems` looks at all of each item, unless the items are known to be scalars. */
function comparesDeeply(program: Program, step: Step): boolean {
  if (step.kind !== 'array' || step.uniqueItems !== true) return false
  if (step.items === undefined || step.items.from > 0) return true
  const type = stepsOf(program.nodes[step.items.node] ?? true).find(({ kind }) => kind === 'type')
  const containers = TYPE_BITS.array | TYPE_BITS.object
  return type?.kind !== 'type' || (type.mask & containers) !== 0
}

/** Any object or array step can: `properties: {}` evaluates nothing, and costs little. */
const evaluates = ({ kind }: Step): boolean =>
  kind === 'object' || kind === 'array' || kind.startsWith('unevaluated') || kind === 'dynamicRef'

const stepsOf = (node: CompositeNode | boolean): readonly Step[] =>
  typeof node === 'boolean' ? [] : node.steps

/** A `$dynamicRef` leads to every node behind an anchor of its name. */
export function edgesOf(program: Program, children: (step: Step) => readonly NodeId[]): Edges {
  return program.nodes.map((node) =>
    stepsOf(node).flatMap((step) =>
      step.kind === 'dynamicRef' ? anchored(program, step.anchor) : children(step),
    ),
  )
}

const anchored = (program: Program, anchor: string): NodeId[] =>
  [...program.anchors.values()].flatMap((nodes) => nodes.get(anchor) ?? [])

function nodesWith(program: Program, test: (step: Step) => boolean): NodeId[] {
  return [...program.nodes.entries()]
    .filter(([, node]) => stepsOf(node).some(test))
    .map(([id]) => id)
}
