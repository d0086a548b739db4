import { isObject, type JsonObject, step } from '../compile/documents/pointer.ts'
import type { Messages } from '../compile/messages.ts'
import type { Location } from './jsonpath.ts'
import { type Origins, type Place, setMember } from './origins.ts'
import type { Action } from './overlay-action.ts'
import type { Overlay } from './overlay-document.ts'

/**
 * Applies overlays in order, each action to what the one before it made (Overlay 1.1.0 §4.4.1). What an overlay
 * holds is copied, so that two nodes with the same update stay two.
 *
 * @param root is changed; a copy by `origins` shares nothing with its original
 * @returns the actions that selected nothing; what cannot be applied is an error among the messages
 */
export function applyOverlays(
  root: JsonObject,
  origins: Origins,
  overlays: readonly Overlay[],
  messages: Messages,
): readonly Place[] {
  const unmatched: Place[] = []
  const written = { values: 0 }
  for (const overlay of overlays) {
    for (const action of overlay.actions) {
      const run = new Run({ root, origins, written, overlay, action, messages })
      if (!run.apply()) unmatched.push(run.place)
      if (written.values > VALUES_MAX) return unmatched
    }
  }
  return unmatched
}

/**
 * What all actions together may write. Copies that copy copies double each time; the largest public document we know
 * has 1.5 million values in all.
 */
const VALUES_MAX = 1_000_000

interface Work {
  readonly root: JsonObject
  readonly origins: Origins
  /** How many values the actions so far have written. */
  readonly written: { values: number }
  readonly overlay: Overlay
  readonly action: Action
  readonly messages: Messages
}

type Container = Record<string | number, unknown>
type Kind = 'object' | 'array' | 'primitive'

const kindOf = (value: unknown): Kind => {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'object' && value !== null ? 'object' : 'primitive'
}

const named = { object: 'an object', array: 'a list', primitive: 'a plain value' } as const

/** One action. */
class Run {
  readonly place: Place
  readonly #root: JsonObject
  readonly #origins: Origins
  readonly #written: Work['written']
  readonly #overlay: Overlay
  readonly #action: Action
  readonly #messages: Messages
  #told = false

  constructor({ root, origins, written, overlay, action, messages }: Work) {
    this.#root = root
    this.#origins = origins
    this.#written = written
    this.#overlay = overlay
    this.#action = action
    this.#messages = messages
    this.place = { source: overlay.source, pointer: action.pointer }
  }

  /** False when the target selects nothing, which changes nothing and is no error. */
  apply(): boolean {
    const { target, change } = this.#action
    const locations = target.locations(this.#root)
    if (locations.length === 0) return false
    if (change.kind === 'remove') this.#remove(locations)
    if (change.kind === 'update' && this.#hasRoom(change.value, locations)) {
      this.#write(locations, change.value, {
        source: this.#overlay.source,
        pointer: step(this.#action.fields, 'update'),
      })
    }
    if (change.kind === 'copy') this.#copy(locations, change.from.locations(this.#root))
    return true
  }

  /** From the back, so that the indexes of what is still to go stay right. */
  #remove(locations: readonly Location[]): void {
    if (locations.some((one) => one.length === 0)) {
      this.#tell(step(this.#action.pointer, 'target'), 'overlay-removes-root', {
        what: 'The action removes the whole document',
        instead: 'Select what is inside it, as $.paths.',
      })
      return
    }
    const parents = locations.map((one) => [this.#at(one.slice(0, -1)), one.at(-1)!] as const)
    for (const [parent, name] of parents) {
      if (!Array.isArray(parent)) delete (parent as Container)[name]
    }
    const items = parents.filter(([parent]) => Array.isArray(parent))
    for (const [list, index] of items.toSorted(([, a], [, b]) => Number(b) - Number(a))) {
      ;(list as unknown[]).splice(Number(index), 1)
    }
  }

  #copy(targets: readonly Location[], from: readonly Location[]): void {
    if (from.length !== 1) {
      this.#tell(step(this.#action.fields, 'copy'), 'overlay-copy-source', {
        what: `'copy' selects ${from.length === 0 ? 'nothing' : `${from.length} nodes`}`,
        instead: 'Select one node, with a query that has names only.',
      })
      return
    }
    const found = this.#at(from[0]!)
    if (!this.#hasRoom(found, targets)) return
    const place: Place = { ...this.place, pointer: step(this.#action.fields, 'copy') }
    // what was there before the action is copied, also when a target is inside it
    this.#write(targets, this.#origins.copy(found, place), place)
  }

  #hasRoom(value: unknown, targets: readonly Location[]): boolean {
    this.#written.values += count(value) * targets.length
    if (this.#written.values <= VALUES_MAX) return true
    this.#tell(step(this.#action.pointer, 'target'), 'overlay-too-large', {
      what: 'The actions up to this one write more than 1,000,000 values',
      instead: 'Write smaller parts, or refer to them with $ref.',
    })
    return false
  }

  #write(locations: readonly Location[], value: unknown, place: Place): void {
    const nodes = locations.map((one) => ({ location: one, node: this.#at(one) }))
    const kinds = new Set(nodes.map(({ node }) => kindOf(node)))
    const isMixed = kinds.size > 1
    if (isMixed && (this.#overlay.version !== '1.0' || kinds.has('primitive'))) {
      const found = [...kinds].map((kind) => named[kind]).join(' and ')
      this.#tell(step(this.#action.pointer, 'target'), 'overlay-mixed-targets', {
        what: `The target selects ${found} at once`,
        instead: 'Write one action for each kind, with narrower targets.',
      })
      return
    }
    for (const { location, node } of nodes) {
      if (Array.isArray(node)) this.#append(node, value, place)
      else if (isObject(node)) this.#mergeInto(node as Container, value, place, location)
      else this.#replace(location, value, place)
      if (this.#told) return
    }
  }

  /** Overlay 1.0 appends one entry, whatever it is; 1.1 joins two lists. */
  #append(target: unknown[], value: unknown, place: Place): void {
    const isList = this.#overlay.version !== '1.0' && Array.isArray(value)
    this.#push(target, isList ? (value as unknown[]) : [value], place, isList)
  }

  #push(target: unknown[], items: readonly unknown[], place: Place, isList: boolean): void {
    items.forEach((item, i) => {
      const at = isList ? { ...place, pointer: step(place.pointer, i) } : place
      this.#origins.note(target, target.length, this.#known(item) ?? at)
      target.push(this.#origins.copy(item, at))
    })
  }

  #mergeInto(target: Container, value: unknown, place: Place, location: Location): void {
    if (isObject(value)) return this.#merge(target, value, place, location)
    this.#mismatch('object', kindOf(value), place.pointer, location)
  }

  #merge(
    target: Container,
    update: Readonly<Record<string, unknown>>,
    place: Place,
    location: Location,
  ): void {
    for (const name of Object.keys(update)) {
      const value = update[name]
      const at: Place = { ...place, pointer: step(place.pointer, name) }
      const below = [...location, name]
      const old = Object.hasOwn(target, name) ? target[name] : undefined
      const [before, after] = [kindOf(old), kindOf(value)]
      if (!Object.hasOwn(target, name) || (before === 'primitive' && after === 'primitive')) {
        this.#set(target, name, value, at)
      } else if (before === 'object' && after === 'object') {
        this.#merge(old as Container, value as Record<string, unknown>, at, below)
      } else if (before === 'array' && after === 'array') {
        this.#push(old as unknown[], value as unknown[], at, true)
      } else if (value !== null || !this.#mayBeEmpty(name, location)) {
        this.#mismatch(before, after, at.pointer, below)
      }
    }
  }

  /**
   * 1.0 does not say what an empty `components:` does to a full one, and the example of a structured overlay has one
   * that means nothing, in all versions. From 1.1 on it is an error by §4.4.3; at the root, where no field of OpenAPI
   * may be null, the example holds.
   */
  #mayBeEmpty(name: string, location: Location): boolean {
    return this.#overlay.version === '1.0' || (location.length === 0 && !name.startsWith('x-'))
  }

  #replace(location: Location, value: unknown, place: Place): void {
    if (this.#overlay.version === '1.0') {
      this.#tell(step(this.#action.pointer, 'target'), 'overlay-plain-target', {
        what: `The target selects the plain value at ${shown(location)}`,
        instead: 'Select the object around it and name the value in "update", or write "1.1.0".',
        why: 'Overlay 1.0 updates objects and lists only.',
      })
    } else if (kindOf(value) === 'primitive' && location.length > 0) {
      this.#set(this.#at(location.slice(0, -1)) as Container, location.at(-1)!, value, place)
    } else this.#mismatch('primitive', kindOf(value), place.pointer, location)
  }

  #set(target: Container, name: string | number, value: unknown, place: Place): void {
    const known = this.#known(value)
    const copied = this.#origins.copy(value, place)
    this.#origins.note(target, name, known ?? place)
    setMember(target, name, copied)
  }

  /** What is copied keeps the place where it was written. */
  #known(value: unknown): Place | undefined {
    return typeof value === 'object' && value !== null ? this.#origins.of(value) : undefined
  }

  #at(location: Location): unknown {
    return location.reduce<unknown>((value, name) => (value as Container)[name], this.#root)
  }

  #mismatch(before: Kind, after: Kind, pointer: string, location: Location): void {
    this.#tell(pointer, 'overlay-mismatch', {
      what: `${capital(named[after])} cannot be merged with ${named[before]} at ${shown(location)}`,
      why: 'An overlay merges like with like: objects, lists, or plain values (Overlay 1.1.0 §4.4.3).',
      instead: `Write ${named[before]}, or remove the old value in an action before this one.`,
    })
  }

  #tell(
    pointer: string,
    code: string,
    { what, why, instead }: { what: string; why?: string; instead: string },
  ): void {
    this.#told = true
    this.#messages.error(
      code,
      this.#overlay.source.at(pointer),
      `${what}.`,
      why ?? 'The action cannot be applied, so nothing is made of this source.',
      instead,
    )
  }
}

/** `$['paths']['/a']` as the pointer `#/paths/~1a`. */
const shown = (location: Location): string => `#${step('', ...location)}`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function count(root: unknown): number {
  let values = 1
  const open = [root]
  for (let next = open.pop(); next !== undefined && values <= VALUES_MAX; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    const below = Object.values(next) as unknown[]
    values += below.length
    open.push(...below.filter((one) => typeof one === 'object' && one !== null))
  }
  return values
}
