import type { Built } from './build.ts'
import { edgesOf } from './analysis.ts'
import { cyclicNodes, reaching } from './graph.ts'
import { subschemas, type NodeId } from './ir.ts'
import type { Faults } from './messages.ts'

/**
 * Schemas that apply themselves to the same value, as `{ "$ref": "#" }` does: their check would
 * never end (JSON Schema core §9.4.1).
 * @returns the nodes from which one is reached.
 */
export function reportEndless({ program, locations }: Built, faults: Faults): Set<NodeId> {
  // Where a $dynamicRef leads depends on the way there; its cycles are left to the run time
  const inPlace = edgesOf({ ...program, anchors: new Map() }, (step) => subschemas(step).inPlace)
  const endless = cyclicNodes(inPlace)
  for (const node of endless) {
    faults.error(
      'schema-endless',
      locations[node] ?? '',
      'This schema refers to itself for one and the same value.',
      'Nobody can decide whether a value matches it: the check would never end.',
      'Put the reference below a keyword such as properties or items.',
    )
  }
  const all = edgesOf(program, (step) => {
    const children = subschemas(step)
    return [...children.inPlace, ...children.below]
  })
  return reaching(all, endless)
}
