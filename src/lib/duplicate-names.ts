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

const [QUOTE, OPEN, CLOSE, COLON, BACKSLASH] = [0x22, 0x7b, 0x7d, 0x3a, 0x5c]
