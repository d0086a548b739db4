/**
 * A value as the text of a media type. JSON for JSON and for whatever has no form of its own here; XML by element
 * names alone, without what `xml` objects say.
 *
 * @param isText whether the schema says that the value is a string
 */
export function serialize(value: unknown, mediaType: string, isText: boolean): string {
  const type = mediaType.split(';', 1)[0]!.trim().toLowerCase()
  if (isJson(type)) return json(value, isText)
  if (typeof value === 'string') return value
  if (type === 'application/x-www-form-urlencoded' && isRecord(value)) return form(value)
  if (/[/+]xml$/.test(type)) return `<?xml version="1.0" encoding="UTF-8"?>\n${xml('root', value)}`
  return JSON.stringify(value) ?? ''
}

/** One item of a sequence (OpenAPI 3.2 §4.14.3), as the only one of its stream. */
export function serializeItem(item: unknown, mediaType: string): string {
  const type = mediaType.split(';', 1)[0]!.trim().toLowerCase()
  const text = JSON.stringify(item) ?? 'null'
  if (type === 'text/event-stream') return eventOf(item)
  if (/[/+]json-seq$/.test(type)) return `\u001e${text}\n` // RFC 7464 §2.2
  return isJson(type) ? `[${text}]` : `${text}\n`
}

export const isJson = (type: string): boolean => /^[^/]+\/(?:[^/]+\+)?json$/.test(type)

/** Many documents write the JSON of an object as text. */
function json(value: unknown, isText: boolean): string {
  if (typeof value === 'string' && !isText && /^\s*[[{]/.test(value)) {
    try {
      JSON.parse(value)
      return value
    } catch {
      // a string after all
    }
  }
  return JSON.stringify(value) ?? 'null'
}

/** HTML §9.2.6; a value with its own line breaks is several lines. */
function eventOf(item: unknown): string {
  const fields = isRecord(item) && 'data' in item ? item : { data: item }
  const lines = ['event', 'id', 'retry', 'data'].flatMap((name) => {
    if (!Object.hasOwn(fields, name)) return []
    const value = (fields as Record<string, unknown>)[name]
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    return text.split(/\r\n|[\r\n]/).map((line) => `${name}: ${line}`)
  })
  return `${lines.join('\n')}\n\n`
}

function form(value: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(value).map(([name, one]) => [
    name,
    typeof one === 'object' ? JSON.stringify(one) : String(one),
  ])
  return new URLSearchParams(pairs as [string, string][]).toString()
}

function xml(name: string, value: unknown): string {
  const tag = name.replace(/[^\p{L}\p{N}_.-]/gu, '_').replace(/^(?=[^\p{L}_])/u, '_')
  if (Array.isArray(value)) {
    const items = value.map((one) => xml(name === 'root' ? 'item' : name, one)).join('')
    return name === 'root' ? `<root>${items}</root>` : items
  }
  if (!isRecord(value)) return `<${tag}>${escaped(String(value ?? ''))}</${tag}>`
  const members = Object.entries(value).map(([key, one]) => xml(key, one))
  return `<${tag}>${members.join('')}</${tag}>`
}

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one]!)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
