/**
 * Whether an object anywhere in a JSON text has a member twice. `JSON.parse` keeps the last one and other
 * readers the first, so a text that has one may mean two things (RFC 8259 §4).
 *
 * @param json a text that `JSON.parse` has accepted; of others the answer means nothing
 */
export function hasDuplicateNames(json: string): boolean {
  const open: Set<string>[] = []
  let text = ''
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set())
    else if (token === '}') open.pop()
    else if (token !== ':') text = token
    else {
      const names = open.at(-1)!
      const name = JSON.parse(text) as string
      if (names.has(name)) return true
      names.add(name)
    }
  }
  return false
}

/** Strings whole, so that nothing inside them counts. A colon outside one always follows a name. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}:]/g
