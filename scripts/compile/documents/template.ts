/** A path template's parameters, or what is wrong with it. */
export type Template =
  | { readonly parameters: readonly { readonly name: string; readonly isGreedy: boolean }[] }
  | { readonly problem: string }

/**
 * Reads the braces of a path template: `/a/{id}`, several parameters in one segment
 * (`/{base}...{head}`), and our own `{rest+}`, which takes the rest of the path with its slashes.
 */
export function readTemplate(path: string): Template {
  if (!path.startsWith('/')) return { problem: `does not begin with '/'` }
  const parameters: { name: string; isGreedy: boolean }[] = []
  const seen = new Set<string>()
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '}') return { problem: `has a '}' without its '{'` }
    if (path[at] !== '{') continue
    const end = path.indexOf('}', at)
    const raw = path.slice(at + 1, end)
    if (end === -1) return { problem: `has a '{' without its '}'` }
    if (/[{/]/.test(raw)) return { problem: `has a '{' or '/' inside '{…}'` }
    const isGreedy = raw.endsWith('+')
    const name = isGreedy ? raw.slice(0, -1) : raw
    if (name === '') return { problem: 'has a parameter without a name' }
    if (seen.has(name)) return { problem: `has the parameter '${name}' twice` }
    if (isGreedy && end !== path.length - 1) {
      return { problem: `has '{${raw}}', which takes the rest of the path, before its end` }
    }
    seen.add(name)
    parameters.push({ name, isGreedy })
    at = end
  }
  return { parameters }
}
