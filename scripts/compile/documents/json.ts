import { step } from './pointer.ts'
import type { Finding, Parsed } from './parsed.ts'

/**
 * JSON (RFC 8259) at the speed of `JSON.parse`, with what that does not tell: names that stand
 * twice in one object (it keeps the last and drops the first without a word), how deep the
 * document nests, and where each value stands.
 */
export function parseJson(text: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { value: undefined, findings: [firstSyntaxError(text)], offset: () => 0 }
  }
  const indexed = new Map<number, Map<string, Member>>()
  const offset = (path: readonly string[]): number => locate(text, indexed, path)
  return { value, findings: duplicates(text), offset }
}

interface Member {
  /** Where an editor should put the cursor: the name, or in an array the value. */
  readonly shown: number
  readonly value: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Findings past this many say nothing new. */
const duplicatesMax = 20

/** One pass over text that `JSON.parse` has accepted; about 10 ms for each megabyte. */
function duplicates(text: string): Finding[] {
  const found: Finding[] = []
  const seen: Set<string>[] = []
  // one entry for each container that is open: in an object the last name, in an array the index
  const path: (string | number)[] = []
  let awaitsName = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = stringEnd(text, at)
      if (awaitsName) {
        const name = stringAt(text, at, end)
        const names = seen[path.length]
        if (names?.has(name) && found.length < duplicatesMax) {
          found.push({
            code: 'duplicate-key',
            offset: at,
            pointer: step('', ...path.slice(0, -1), name),
            detail: name,
          })
        }
        names?.add(name)
        path[path.length - 1] = name
        awaitsName = false
      }
      at = end - 1
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      awaitsName = code === OPEN_OBJECT
      path.push(awaitsName ? '' : 0)
      if (awaitsName) {
        const names = (seen[path.length] ??= new Set())
        if (names.size > 0) names.clear()
      }
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      path.pop()
      awaitsName = false
    } else if (code === COMMA) {
      const last = path.at(-1)
      awaitsName = typeof last === 'string'
      if (typeof last === 'number') path[path.length - 1] = last + 1
    }
  }
  return found
}

/**
 * Descends from the root and indexes only the containers on the way, once each: a message about
 * one operation of a 13 MB document costs a pass over `paths` and not an index of everything.
 */
function locate(
  text: string,
  indexed: Map<number, Map<string, Member>>,
  path: readonly string[],
): number {
  let value = skipSpace(text, 0)
  let shown = value
  for (const name of path) {
    let members = indexed.get(value)
    if (!members) indexed.set(value, (members = index(text, value)))
    const found = members.get(name)
    if (!found) break
    value = found.value
    shown = found.shown
  }
  return shown
}

/** The members of the container that starts at the offset; none when it is a scalar. */
function index(text: string, start: number): Map<string, Member> {
  const members = new Map<string, Member>()
  const code = text.charCodeAt(start)
  if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) return members
  const isArray = code === OPEN_ARRAY
  for (let at = skipSpace(text, start + 1), count = 0; at < text.length; count++) {
    if (text.charCodeAt(at) === CLOSE_OBJECT || text.charCodeAt(at) === CLOSE_ARRAY) break
    const shown = at
    let name = String(count)
    if (!isArray) {
      const end = stringEnd(text, at)
      name = stringAt(text, at, end)
      at = skipSpace(text, skipSpace(text, end) + 1)
    }
    members.set(name, { shown, value: at })
    at = skipSpace(text, valueEnd(text, at))
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return members
}

/** The offset after the value that starts at `at`. */
function valueEnd(text: string, at: number): number {
  let depth = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = stringEnd(text, at) - 1
      if (depth === 0) return at + 1
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth++
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (code === COMMA && depth === 0) {
      return at
    }
  }
  return at
}

/** The offset after the closing quote of the string that opens at `at`. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end + 1
  }
  return text.length
}

/** The same name may be spelt with and without escapes: `"get"` is `"\u0067et"`. */
function stringAt(text: string, at: number, end: number): string {
  const raw = text.slice(at + 1, end - 1)
  return raw.includes('\\') ? String(JSON.parse(text.slice(at, end))) : raw
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++
  return at
}

/** A mark, or anything else but a string. */
const token = /[{}[\],:]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end' | 'end'

/**
 * Where `JSON.parse` stopped. Its own message does not always say, so the tokens are read again,
 * only for text that is known to be wrong.
 */
function firstSyntaxError(text: string): Finding {
  const open: string[] = []
  let expects: Expected = 'value'
  for (let at = skipSpace(text, 0); ; at = skipSpace(text, at)) {
    const isString = text.charCodeAt(at) === QUOTE
    token.lastIndex = at
    const mark = isString ? 'string' : (token.exec(text)?.[0] ?? 'nothing')
    const next = afterToken(mark, expects, open)
    if (!next) return syntaxError(text, at, expects)
    const end = isString ? stringEnd(text, at) : at + mark.length
    const broken = isString ? brokenString(text, at, end) : undefined
    if (broken) return broken
    expects = next
    at = end
  }
}

/** What may follow the token; undefined when the token may not stand there. */
function afterToken(mark: string, expects: Expected, open: string[]): Expected | undefined {
  const isValue = expects.startsWith('value')
  if ((mark === '{' || mark === '[') && isValue) {
    open.push(mark === '{' ? '}' : ']')
    return mark === '{' ? 'name or }' : 'value or ]'
  }
  if (mark === ':') return expects === ':' ? 'value' : undefined
  if (mark === ',') {
    if (expects !== ', or end') return undefined
    return open.at(-1) === '}' ? 'name' : 'value'
  }
  if (mark === '}' || mark === ']') {
    const mayClose = expects === ', or end' || expects.endsWith(`or ${mark}`)
    if (!mayClose || open.pop() !== mark) return undefined
  } else if (mark === 'string' && expects.startsWith('name')) {
    return ':'
  } else if (!isValue || mark === 'nothing') {
    return undefined
  }
  return open.length === 0 ? 'end' : ', or end'
}

// oxlint-disable-next-line no-control-regex -- RFC 8259 §7 forbids them unescaped
const badInString = /[\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})?/g

function brokenString(text: string, start: number, end: number): Finding | undefined {
  const raw = text.slice(start, end)
  for (const { 0: found, index } of raw.matchAll(badInString)) {
    if (found.length > 1) continue
    const what = found === '\\' ? 'an unknown escape' : 'a control character, perhaps a line break,'
    const detail = `${what} stands in a string`
    return { code: 'invalid-json', offset: start + index, pointer: '', detail }
  }
  if (end < text.length || (raw.length > 1 && raw.endsWith('"'))) return undefined
  return { code: 'invalid-json', offset: start, pointer: '', detail: 'a string does not end' }
}

function syntaxError(text: string, offset: number, expects: string): Finding {
  const char = text.at(offset)
  const here = char === undefined ? 'the file ends' : `${JSON.stringify(char)} stands`
  const wanted: Record<string, string> = {
    name: 'a name in double quotes',
    'name or }': 'a name in double quotes or }',
    ':': 'a colon',
    ', or end': 'a comma or the closing bracket',
    end: 'nothing more',
  }
  return {
    code: 'invalid-json',
    offset,
    pointer: '',
    detail: `${here} where ${wanted[expects] ?? `a ${expects}`} is expected`,
  }
}
