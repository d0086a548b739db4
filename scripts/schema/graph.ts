/** Neighbours of each node, by number. */
export type Edges = readonly (readonly number[])[]

/**
 * Nodes that can come back to themselves (Tarjan's algorithm with a stack of its own, since
 * documents may be long chains).
 */
export function cyclicNodes(edges: Edges): Set<number> {
  const cyclic = new Set<number>()
  for (const component of components(edges)) {
    const [only] = component
    const loops = only !== undefined && (edges[only]?.includes(only) ?? false)
    if (component.length > 1 || loops) for (const node of component) cyclic.add(node)
  }
  return cyclic
}

/** Strongly connected components. */
export function components(edges: Edges): number[][] {
  const found: number[][] = []
  const index: number[] = []
  const low: number[] = []
  const onStack: boolean[] = []
  const stack: number[] = []
  let count = 0
  const enter = (node: number): [number, number] => {
    index[node] = low[node] = count
    count += 1
    stack.push(node)
    onStack[node] = true
    return [node, 0]
  }
  for (let start = 0; start < edges.length; start += 1) {
    if (index[start] !== undefined) continue
    const path = [enter(start)]
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const [node, position] = frame
      const next = edges[node]?.[position]
      if (next === undefined) {
        path.pop()
        const parent = path.at(-1)?.[0]
        if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0)
        if (low[node] === index[node]) found.push(popComponent(node, stack, onStack))
        continue
      }
      frame[1] += 1
      if (index[next] === undefined) path.push(enter(next))
      else if (onStack[next]) low[node] = Math.min(low[node] ?? 0, index[next])
    }
  }
  return found
}

function popComponent(root: number, stack: number[], onStack: boolean[]): number[] {
  const component: number[] = []
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    onStack[node] = false
    component.push(node)
    if (node === root) break
  }
  return component
}

/** The seeds and every node from which one of them can be reached. */
export function reaching(edges: Edges, seeds: Iterable<number>): Set<number> {
  const sources = new Map<number, number[]>()
  for (const [from, targets] of edges.entries()) {
    for (const to of targets) {
      const list = sources.get(to)
      if (list === undefined) sources.set(to, [from])
      else list.push(from)
    }
  }
  const reached = new Set(seeds)
  const queue = [...reached]
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    for (const source of sources.get(node) ?? []) {
      if (reached.has(source)) continue
      reached.add(source)
      queue.push(source)
    }
  }
  return reached
}
