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
    deep: reaching(all, [...cyclic, ...having(isDeep)]),
    scoped: reaching(
      all,
      having(({ kind }) => kind === 'dynamicRef'),
    ),
    evaluating: reaching(inPlace, having(evaluates)),
  }
}

const isDeep = (step: Step): boolean => step.kind === 'array' && step.uniqueItems === true

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
