const NEVER = /(?!)/u

/**
 * A pattern as JSON Schema wants it (2020-12 core §6.4): with `u`, or without where only that is
 * legal, as in `[\w\-\:]`. Never throws: an illegal pattern becomes one that matches nothing, and
 * the caller reports it.
 */
export function compilePattern(source: string): RegExp {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(source, flags)
    } catch {
      // the next one
    }
  }
  return NEVER
}

export const isIllegal = (pattern: RegExp): boolean => pattern === NEVER
