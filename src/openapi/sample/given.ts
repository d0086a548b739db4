import type { Layer } from './layers.ts'

/** What a document says of a value outright. */
export interface Given {
  readonly isKnown: boolean
  readonly value: unknown
  /** `const` and `enum` of the layers contradict each other. */
  readonly isImpossible: boolean
  /** Members of an object known from the examples of what `allOf` adds. */
  readonly members: Readonly<Record<string, unknown>>
}

/** @param variant which of an `enum`'s values, from 0 */
export function givenValue(layers: readonly Layer[], variant: number): Given {
  const members: Record<string, unknown> = {}
  const known = (value: unknown): Given => ({ isKnown: true, value, isImpossible: false, members })
  const fixed = layers.find(({ value }) => Object.hasOwn(value, 'const'))
  if (fixed) return isEnumerated(fixed.value['const'], layers) ? known(fixed.value['const']) : NEVER
  for (const [i, layer] of layers.entries()) {
    const found = exampleOf(layer)
    if (found === undefined) continue
    if (!isRecord(found.value) || i === 0 || layers.length === 1) return known(found.value)
    Object.assign(members, found.value)
  }
  const values = enumerated(layers)
  if (values !== undefined) {
    return values.length === 0 ? NEVER : known(values[variant % values.length])
  }
  const fallback = layers.find(({ value }) => isTelling(value['default']))
  if (fallback && variant === 0) return known(fallback.value['default'])
  return { isKnown: false, value: undefined, isImpossible: false, members }
}

const NEVER: Given = { isKnown: false, value: undefined, isImpossible: true, members: {} }

/** `example`, and `examples` in JSON Schema's form; in OpenAPI's older form some write an object there. */
function exampleOf({ value }: Layer): { readonly value: unknown } | undefined {
  if (Object.hasOwn(value, 'example')) return { value: value['example'] }
  const { examples } = value
  return Array.isArray(examples) && examples.length > 0 ? { value: examples[0] } : undefined
}

/** What all `enum`s allow, `null` last; undefined without any. */
function enumerated(layers: readonly Layer[]): readonly unknown[] | undefined {
  const [first, ...others] = layers
    .map(({ value }) => value['enum'])
    .filter((one): one is unknown[] => Array.isArray(one))
  if (first === undefined) return undefined
  const values = first.filter((one) => others.every((other) => includes(other, one)))
  return values.toSorted((a, b) => Number(a === null) - Number(b === null))
}

function isEnumerated(value: unknown, layers: readonly Layer[]): boolean {
  const values = enumerated(layers)
  return values === undefined || includes(values, value)
}

function includes(values: readonly unknown[], value: unknown): boolean {
  const text = JSON.stringify(value)
  return values.some((one) => JSON.stringify(one) === text)
}

/** An empty default says what is taken when nothing is sent, not what a value looks like. */
function isTelling(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
