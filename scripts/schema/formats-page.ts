import { formats, UNCHECKED, type Format } from '../../src/openapi/schema/formats.ts'

/**
 * The text of `docs/formats.md`. To write it again after a change:
 * `node scripts/schema/formats-page.ts > docs/formats.md`
 */
export function formatsPage(): string {
  const rows = Object.entries<Format>(formats).map(
    ([name, { on, phrase, source }]) => `| \`${name}\` | ${on} | ${phrase} | ${source} |`,
  )
  const unchecked = Object.entries(UNCHECKED).map(([name, why]) => `| \`${name}\` | ${why} |`)
  return `# Formats

Generated from \`src/openapi/schema/formats.ts\`; do not edit.

A \`format\` is checked, in requests and responses alike. It says nothing about values of another JSON type: \`int32\` lets
the string \`"x"\` pass, and \`type\` is there to refuse it. A format that stands in neither table lets every value pass, and
\`cardea compile\` warns of it (\`format-unknown\`).

| format | on | the value must be | defined in |
| --- | --- | --- | --- |
${rows.join('\n')}

Notes:

- \`int64\` and \`uint64\`: JavaScript reads JSON numbers as doubles, so above 2^53 the neighbouring integers cannot be told apart, and
  the limits themselves are those of the nearest double.
- \`hostname\` follows RFC 1123 with the length limits of RFC 1035. A label in punycode (\`xn--\`) has to stand for a valid one of
  RFC 5890, so that the few domains made of symbols (\`xn--n3h\`, a snowman) are refused.
- \`idn-hostname\` adds labels of other letters by RFC 5890 to 5892: normalized (NFC), in lower case, at most 63 octets as punycode. Two
  rules are not checked in full: mixed directions (RFC 5893), and which letter joins beside a zero width non-joiner (appendix A.1).
- \`email\` is a mailbox of RFC 5321, with quoted local parts and address literals; its length limits are checked.
- \`date-time\`, \`time\`: a leap second passes only where it can be, at 23:59:60 UTC.

These are known, and let every value pass on purpose:

| format | why |
| --- | --- |
${unchecked.join('\n')}
`
}

if (import.meta.main) process.stdout.write(formatsPage())
