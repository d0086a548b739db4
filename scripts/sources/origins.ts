import { names, step } from '../compile/documents/pointer.ts'
import type { Source } from '../compile/documents/source.ts'

/** Where somebody wrote a value. */
export interface Place {
  readonly source: Source
  readonly pointer: string
}

/** Remembers where the parts of a changed document come from, so that a message names the file to mend. */
export class Origins {
  readonly #containers = new WeakMap<object, Place>()
  readonly #members = new WeakMap<object, Map<string, Place>>()

  /** A deep copy that shares nothing, each part of it noted. A part that is known already keeps its place. */
  copy(value: unknown, place: Place | undefined): unknown {
    if (typeof value !== 'object' || value === null) return value
    const known = this.#containers.get(value) ?? place
    const at = (name: string | number) => known && this.#below(value, known, name)
    const copied = Array.isArray(value)
      ? value.map((item: unknown, i) => this.copy(item, at(i)))
      : Object.fromEntries(
          Object.entries(value).map(([name, item]) => [name, this.copy(item, at(name))]),
        )
    if (known) this.#containers.set(copied, known)
    return copied
  }

  /** A member was written there; needed for values that are no objects. */
  note(container: object, name: string | number, place: Place): void {
    const members = this.#members.get(container) ?? new Map<string, Place>()
    this.#members.set(container, members.set(String(name), place))
  }

  of(value: object): Place | undefined {
    return this.#containers.get(value)
  }

  /** Of what the pointer leads to, or of the nearest thing above it that exists. */
  find(root: object, pointer: string): Place | undefined {
    let place = this.#containers.get(root)
    let value: unknown = root
    for (const name of names(pointer) ?? []) {
      if (place === undefined || typeof value !== 'object' || value === null) break
      place = this.#below(value, place, name)
      value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    }
    return place
  }

  #below(container: object, place: Place, name: string | number): Place {
    const noted = this.#members.get(container)?.get(String(name))
    if (noted) return noted
    const child: unknown = Object.hasOwn(container, name)
      ? (container as Record<string | number, unknown>)[name]
      : undefined
    const known =
      typeof child === 'object' && child !== null ? this.#containers.get(child) : undefined
    return known ?? { source: place.source, pointer: step(place.pointer, name) }
  }
}
