/**
 * A challenge for `WWW-Authenticate` (RFC 9110 §11.6.1). Parameters that are undefined are left out; every
 * value is a quoted-string, because clients are known to misread tokens there.
 */
export function challenge(
  scheme: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  const list = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quotedString(value!)}`)
  return list.length === 0 ? scheme : `${scheme} ${list.join(', ')}`
}

/** RFC 9110 §5.6.4, of visible ASCII and spaces only. */
function quotedString(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`
}
