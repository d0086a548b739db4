import { names, step } from '../compile/documents/pointer.ts'
import type { Source } from '../compile/documents/source.ts'

/** Where somebody wrote a value. */
export interface Place {
  readonly source: Source
  readonly pointer: string
}

type Container = Record<string | number, unknown>

/** Remembers where the parts of a changed document come from, so that a message names the file to mend. */
export class Origins {
  // not weak: it goes when the document goes, and weak maps of a million objects are slow
  readonly #containers = new Map<object, Place>()
  readonly #members = new Map<object, Map<string, Place>>()

  /** A deep copy that shares nothing, each part of it noted. A part that is known already keeps its place. */
  copy(value: unknown, place: Place | undefined): unknown {
    if (typeof value !== 'object' || value === null) return value
    const known = this.#containers.get(value) ?? place
    const noted = this.#members.get(value)
    const copied = (Array.isArray(value) ? [] : {}) as Container
    for (const name of Object.keys(value)) {
      const item = (value as Container)[name]
      const isPlain = typeof item !== 'object' || item === null
      const at = isPlain ? undefined : (noted?.get(name) ?? (known && below(known, name)))
      setMember(copied, name, isPlain ? item : this.copy(item, at))
    }
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
      const noted = this.#members.get(value)?.get(name)
      value = Object.hasOwn(value, name) ? (value as Container)[name] : undefined
      const known = typeof value === 'object' && value !== null && this.#containers.get(value)
      place = noted ?? (known || below(place, name))
    }
    return place
  }
}

/** An assignment to `__proto__` would do something else. */
export function setMember(container: Container, name: string | number, value: unknown): void {
  if (name !== '__proto__') container[name] = value
  else {
    const more = { writable: true, enumerable: true, configurable: true }
    Object.defineProperty(container, name, { value, ...more })
  }
}

const below = ({ source, pointer }: Place, name: string | number): Place => ({
  source,
  pointer: step(pointer, name),
})
