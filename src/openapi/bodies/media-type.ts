import type { ContentRule } from '../rules.ts'

/** RFC 9110 §8.3.1. */
export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly essence: string
  /** Names in lower case, values as sent and without quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

/** @returns undefined for what two readers could take for two things */
export function mediaType(field: string): MediaType | undefined {
  const found = ESSENCE.exec(field)
  if (!found) return undefined
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = found[0].length
  while (PARAMETER.lastIndex < field.length) {
    const next = PARAMETER.exec(field)
    if (!next) return undefined
    const [, name, token, quoted] = next
    // RFC 9110 §5.6.6 allows `;` with nothing behind it
    if (name === undefined) continue
    const key = name.toLowerCase()
    if (parameters.has(key)) return undefined
    parameters.set(key, token ?? quoted!.replace(/\\(.)/g, '$1'))
  }
  return { essence: found[1]!.toLowerCase(), parameters }
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const ESSENCE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})[ \\t]*`)
const PARAMETER = new RegExp(
  `;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\t -~])*)"))?[ \\t]*`,
  'y',
)

/** The rule for a media type: the first that fits, since the most specific stand first. */
export function contentFor(
  type: MediaType,
  contents: readonly ContentRule[],
): ContentRule | undefined {
  const [main] = type.essence.split('/', 1)
  return contents.find(
    ({ range, parameters = {} }) =>
      (range === '*/*' || range === type.essence || range === `${main}/*`) &&
      Object.entries(parameters).every(
        ([name, value]) => type.parameters.get(name)?.toLowerCase() === value.toLowerCase(),
      ),
  )
}

/** `json`, and what ends in `+json` (RFC 6839 §3.1). */
export const isJson = (essence: string): boolean =>
  essence.endsWith('/json') || essence.endsWith('+json')

export const FORM = 'application/x-www-form-urlencoded'
export const MULTIPART = 'multipart/form-data'
