/** What one walk over a JSON text tells, without parsing it. */
export interface Outline {
  /** Whether objects and arrays lie deeper in each other than was allowed. */
  readonly isTooDeep: boolean
  /** False: no object has a member twice. True: perhaps, and `hasDuplicateNames` knows. */
  readonly mayRepeat: boolean
}

/**
 * Compares names by a hash of their characters, so that nothing is cut out of the text: a tenth of the work of
 * `hasDuplicateNames`, which only has to look where two hashes are alike, or a name or an object is unusual.
 *
 * @param json a text that `JSON.parse` has accepted; of others the answer means nothing
 */
export function outline(json: string, levelsMax: number): Outline {
  // of the open objects, the innermost last, and where each of them begins
  const hashes: number[] = []
  const starts: number[] = []
  let mayRepeat = false
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) {
      const first = at + 1
      let hash = 0
      let isOdd = false
      for (let one = json.charCodeAt(++at); one !== QUOTE; one = json.charCodeAt(++at)) {
        isOdd = one === BACKSLASH || at - first === HASHED_MAX
        if (isOdd) {
          at = closingQuote(json, first - 1)
          break
        }
        hash = (Math.imul(hash, 31) + one) | 0
      }
      if (mayRepeat || !isName(json, at + 1)) continue
      const start = starts[starts.length - 1]!
      mayRepeat = isOdd || hashes.length - start === COMPARED_MAX || has(hashes, start, hash)
      hashes.push(hash)
    } else if (code === OPEN || code === OPEN_ARRAY) {
      if (starts.length === levelsMax) return { isTooDeep: true, mayRepeat }
      starts.push(hashes.length)
    } else if (code === CLOSE || code === CLOSE_ARRAY) hashes.length = starts.pop()!
  }
  return { isTooDeep: false, mayRepeat }
}

/**
 * Whether an object anywhere in a JSON text has a member twice. `JSON.parse` keeps the last one and other
 * readers the first, so a text that has one may mean two things (RFC 8259 §4).
 *
 * @param json a text that `JSON.parse` has accepted; of others the answer means nothing
 */
export function hasDuplicateNames(json: string): boolean {
  const open: Set<string>[] = []
  let name = ''
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) {
      const end = closingQuote(json, at)
      name = json.slice(at, end + 1)
      at = end
    } else if (code === OPEN) open.push(new Set())
    else if (code === CLOSE) open.pop()
    // outside of a text a colon always follows a name
    else if (code === COLON) {
      const names = open.at(-1)!
      const plain = name.includes('\\') ? (JSON.parse(name) as string) : name.slice(1, -1)
      if (names.has(plain)) return true
      names.add(plain)
    }
  }
  return false
}

/** The first quote that no backslash takes away its meaning. */
function closingQuote(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  for (; end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
  return json.length
}

/** Whether a colon comes next. */
function isName(json: string, after: number): boolean {
  let at = after
  let code = json.charCodeAt(at)
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
    code = json.charCodeAt(++at)
  }
  return code === COLON
}

function has(hashes: readonly number[], start: number, hash: number): boolean {
  for (let i = start; i < hashes.length; i++) if (hashes[i] === hash) return true
  return false
}

/** Members of one object: each name is compared with those before it, so the work grows with the square. */
const COMPARED_MAX = 64
/** Characters of a name; what is longer is most often a value, and its end is found faster. */
const HASHED_MAX = 64
const QUOTE = 0x22
const OPEN = 0x7b
const CLOSE = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COLON = 0x3a
const BACKSLASH = 0x5c
