import { largest, type Layer, numbers, smallest } from './layers.ts'

/** The plainest number within the limits: 1, else 0, else the one nearest to a limit. */
export function sampleNumber(
  layers: readonly Layer[],
  type: 'number' | 'integer',
  variant: number,
): number | undefined {
  const steps = numbers(layers, 'multipleOf').filter((one) => one > 0)
  const step = Math.max(...steps, type === 'integer' ? 1 : 0)
  const allows = limits(layers, type)
  const low = Math.max(
    largest(layers, 'minimum') ?? -Infinity,
    largest(layers, 'exclusiveMinimum') ?? -Infinity,
  )
  const high = Math.min(
    smallest(layers, 'maximum') ?? Infinity,
    smallest(layers, 'exclusiveMaximum') ?? Infinity,
  )
  const unit = step || 1
  const above = [Math.ceil(low / unit), Math.floor(low / unit) + 1].map((one) => one * unit)
  const below = [Math.floor(high / unit), Math.ceil(high / unit) - 1].map((one) => one * unit)
  const near = [1, 0, unit, low, ...above, high, ...below, (low + high) / 2].filter(Number.isFinite)
  const start = near.find(allows)
  if (start === undefined) return undefined
  const varied = start + variant * unit
  // a `-0` would be written as 0 anyway
  return (allows(varied) ? varied : start) + 0
}

function limits(layers: readonly Layer[], type: string): (value: number) => boolean {
  return (value) =>
    (type !== 'integer' || Number.isInteger(value)) &&
    layers.every(({ value: schema }) => {
      const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
      // OpenAPI 3.0: a boolean beside `minimum`; from 3.1 on: a number of its own
      const isAbove =
        typeof minimum !== 'number' ||
        (exclusiveMinimum === true ? value > minimum : value >= minimum)
      const isBelow =
        typeof maximum !== 'number' ||
        (exclusiveMaximum === true ? value < maximum : value <= maximum)
      const isStep =
        typeof multipleOf !== 'number' ||
        multipleOf <= 0 ||
        Math.abs(Math.round(value / multipleOf) - value / multipleOf) < 1e-9
      return (
        isAbove &&
        isBelow &&
        isStep &&
        (typeof exclusiveMinimum !== 'number' || value > exclusiveMinimum) &&
        (typeof exclusiveMaximum !== 'number' || value < exclusiveMaximum)
      )
    })
}
