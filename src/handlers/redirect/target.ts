import { canonicalPath } from '#gateway'

export interface Target {
  /** Written out in the config; '' is this gateway itself. */
  readonly origin: string
  /** Template of path, query and fragment; starts with `/`. */
  readonly below: string
}

/**
 * Splits a redirect's target so that nothing from a request can come near the host: the origin is literal and ends
 * before the first placeholder, and what follows starts with a slash.
 */
export function targetOf(to: string): Target | { readonly wrong: string } {
  const origin = /^https?:\/\/[^/?#{}\\@\s]+(?=[/?#]|$)/i.exec(to)?.[0]
  if (origin === undefined && !/^\/(?![/\\])/.test(to)) {
    return {
      wrong:
        "it has to begin with one '/', or with 'https://', a host without placeholders and user, and '/'",
    }
  }
  if (origin !== undefined && !URL.canParse(origin))
    return { wrong: `'${origin}' is not an origin` }
  const rest = to.slice(origin?.length ?? 0)
  const below = rest.startsWith('/') ? rest : `/${rest}`
  const path = below.split(/[?#]/, 1)[0]!
  if (canonicalPath(path.replace(/\{[^{}]*\}/g, 'x')) === undefined) {
    return { wrong: 'its path holds a dot segment, a backslash or a broken escape' }
  }
  return { origin: origin === undefined ? '' : new URL(origin).origin, below }
}
