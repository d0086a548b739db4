/**
 * Splits a list-based field (RFC 9110 §5.6.1) at its commas; those within quoted strings stay. Every character
 * is looked at once, whatever a client sends.
 */
export function listMembers(field: string): readonly string[] {
  return (field.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/gs) ?? [])
    .map((member) => member.trim())
    .filter(Boolean)
}

/** A token as it is, a quoted string without its quotes (RFC 9110 §5.6.4). */
export function unquoted(word: string): string {
  return word.startsWith('"') ? word.replace(/^"|"$/g, '').replace(/\\(.)/gs, '$1') : word
}

/** A quoted string where a token would not do; undefined where a field cannot say it (RFC 9110 §5.5). */
export function quotedIfNeeded(text: string): string | undefined {
  if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) return text
  return /^[\x20-\x7e]*$/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : undefined
}
