import { listMembers } from './list-field.ts'

/**
 * Which of some media types a client takes, the most wanted first (RFC 9110 §12.5.1); equals stay in the given
 * order. All of them where the field is absent or says nothing that can be understood.
 */
export function acceptable(accept: string | null, types: readonly string[]): readonly string[] {
  const ranges = listMembers(accept ?? '')
    .map(parsed)
    .filter((one) => one !== undefined)
  if (ranges.length === 0) return types
  return types
    .map((type) => ({ type, quality: qualityOf(ranges, parsed(type)) }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map(({ type }) => type)
}

interface Range {
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly string[]
  readonly quality: number
}

/** The most specific range that fits decides, so `text/html;q=0` holds against any. */
function qualityOf(ranges: readonly Range[], type: Range | undefined): number {
  if (type === undefined) return 0
  let best = -1
  let quality = 0
  for (const range of ranges) {
    const fits =
      (range.type === '*' || range.type === type.type) &&
      (range.subtype === '*' || range.subtype === type.subtype) &&
      range.parameters.every((one) => type.parameters.includes(one))
    const weight =
      Number(range.type !== '*') + Number(range.subtype !== '*') + range.parameters.length
    if (!fits || weight <= best) continue
    best = weight
    quality = range.quality
  }
  return quality
}

function parsed(text: string): Range | undefined {
  const [essence = '', ...rest] = text.toLowerCase().split(';')
  const [, type, subtype] = /^([^/\s]+)\/([^/\s]+)$/.exec(essence.trim()) ?? []
  if (type === undefined || subtype === undefined) return undefined
  const parameters = rest.map((one) => one.replace(/\s/g, '')).filter(Boolean)
  const weight = parameters.find((one) => one.startsWith('q='))
  const quality = weight === undefined ? 1 : Number(weight.slice(2))
  return {
    type,
    subtype,
    // a charset says how, not what
    parameters: parameters.filter((one) => one !== weight && !one.startsWith('charset=')),
    quality: quality >= 0 && quality <= 1 ? quality : 0,
  }
}
