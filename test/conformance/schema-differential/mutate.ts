import type { Random } from '../../simulation/random.ts'

// prettier-ignore
const STRANGERS: readonly unknown[] = [
  null, true, false, 0, -1, 1.5, 2 ** 31, 1e300, '', 'x', '2026-11-20', 'null', '💩', '__proto__',
  [], {}, [null], [1, 1], { a: 1 },
]

const stranger = (random: Random): unknown => structuredClone(random.pick(STRANGERS))

/** A copy of a JSON value with one to three things changed somewhere in it. */
export function mutated(value: unknown, random: Random): unknown {
  let result = structuredClone(value)
  for (let count = 1 + random.below(3); count > 0; count -= 1) result = changed(result, random)
  return result
}

function changed(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15))
    return scalar(value, random)
  return Array.isArray(value) ? changedArray(value, random) : changedObject(value, random)
}

function scalar(value: unknown, random: Random): unknown {
  if (typeof value === 'string' && random.chance(0.5)) {
    return random.chance(0.5) ? value.slice(1) : `${value}${value}x`
  }
  if (typeof value === 'number' && random.chance(0.5)) {
    return random.pick([-value, value + 1, value * 1000, value + 0.5])
  }
  return stranger(random)
}

function changedArray(items: unknown[], random: Random): unknown {
  const place = random.below(items.length)
  const way = items.length === 0 ? 0 : random.below(5)
  if (way === 0) items.splice(place, 0, stranger(random))
  else if (way === 1) items.push(structuredClone(items[place]))
  else if (way === 2) items.splice(place, 1)
  else items[place] = changed(items[place], random)
  return items
}

function changedObject(object: object, random: Random): unknown {
  const entries = Object.entries(object)
  const picked = entries.length === 0 ? -1 : random.below(entries.length)
  const name = random.pick(['a', 'id', 'type', 'name', '__proto__', 'constructor', 'toString'])
  if (picked < 0 || random.chance(0.15)) entries.push([name, stranger(random)])
  else if (random.chance(0.25)) entries.splice(picked, 1)
  else {
    const [key, value] = entries[picked] ?? ['a', null]
    entries[picked] = [key, changed(value, random)]
  }
  return Object.fromEntries(entries)
}
