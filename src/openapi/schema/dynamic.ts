import type { Findings } from './violation.ts'

/** What the keywords of one schema object looked at, for `unevaluatedProperties` and `-Items`. */
export class Evaluated {
  readonly properties = new Set<string>()
  readonly items = new Set<number>()

  /** Takes over what a subschema looked at. Only called when that subschema matched. */
  add(other: Evaluated): void {
    for (const name of other.properties) this.properties.add(name)
    for (const index of other.items) this.items.add(index)
  }
}

/** A generated check that may depend on where it was reached from. */
export type ScopedCheck = (
  value: unknown,
  pointer: string,
  findings: Findings | null,
  scope: Scope | null,
  evaluated: Evaluated | null,
) => boolean

/** Dynamic anchors in reach: the outermost resource that has one wins (2020-12 core §8.2.3.2). */
export type Scope = ReadonlyMap<string, ScopedCheck>

/** The scope inside a schema resource: its anchors, but for those that an outer one has taken. */
export function enterResource(scope: Scope | null, resource: Scope): Scope {
  if (scope === null) return resource
  for (const anchor of resource.keys()) {
    if (!scope.has(anchor)) return new Map([...resource, ...scope])
  }
  return scope
}

/** Follows a `$dynamicRef` whose static target is the anchor of that name in `resource`. */
export function callDynamic(
  anchor: string,
  resource: Scope,
  value: unknown,
  pointer: string,
  findings: Findings | null,
  outer: Scope | null,
  evaluated: Evaluated | null,
): boolean {
  const scope = enterResource(outer, resource)
  const check = scope.get(anchor)
  return check === undefined ? false : check(value, pointer, findings, scope, evaluated)
}
