/**
 * Text from documents and servers, as a terminal may show it: characters that move the cursor, ring, or turn the
 * direction of writing stand as `\u001b`, so that no document can write over what is told about it.
 */
export const visible = (text: string): string =>
  text.replace(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
