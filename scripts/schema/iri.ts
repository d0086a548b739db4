/**
 * A URI with its characters beyond ASCII written out (RFC 3987 §3.2): %C3%A9 becomes é. The same
 * resource, and the only form that hyperjump resolves correctly: it decodes byte by byte.
 */
export function asIri(uri: string): string {
  return uri.replaceAll(/(?:%[89a-f][\da-f])+/gi, (bytes) => {
    try {
      return decodeURIComponent(bytes)
    } catch {
      return bytes
    }
  })
}
