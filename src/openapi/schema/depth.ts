/**
 * Whether a JSON value nests at most `levels` deep; a scalar is level 0, `[[]]` level 2.
 * Keeps its own stack: a recursive walk would be what it is meant to prevent.
 */
export function depthWithin(value: unknown, levels: number): boolean {
  let level: readonly object[] = isContainer(value) ? [value] : []
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levels) return false
    const below: object[] = []
    for (const container of level) {
      if (Array.isArray(container)) pushContainers(container, below)
      else pushContainers(Object.values(container), below)
    }
    level = below
  }
  return true
}

function pushContainers(values: readonly unknown[], into: object[]): void {
  for (const value of values) if (isContainer(value)) into.push(value)
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null
