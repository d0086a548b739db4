// Labels of internationalized host names: IDNA 2008, RFC 5890 to 5892. No table of code points is
// kept: RFC 5892 §2 defines them by Unicode properties, and the engine knows those.
import { decodePunycode, encodePunycode } from '../../lib/punycode.ts'

/** RFC 1035 §2.3.4. */
export const LABEL_LENGTH_MAX = 63

/**
 * The length of a U-label (RFC 5890 §2.3.2.1) as it goes over the wire, which is as an A-label; 0
 * when it is none. Not checked: the rule for labels with letters of both directions (RFC 5893).
 */
export function wireLength(label: string): number {
  if (label.length > LABEL_LENGTH_MAX || !isUnicodeLabel(label)) return 0
  const length = PREFIX.length + encodePunycode(label).length
  return length > LABEL_LENGTH_MAX ? 0 : length
}

/** An A-label is a U-label in punycode; what only looks like it is refused (RFC 5890 §2.3.2.1). */
export function isAsciiCompatibleLabel(label: string): boolean {
  const lower = label.toLowerCase()
  if (label.length > LABEL_LENGTH_MAX || !lower.startsWith(PREFIX)) return false
  const decoded = decodePunycode(lower.slice(PREFIX.length))
  return decoded !== undefined && isUnicodeLabel(decoded)
}

const PREFIX = 'xn--'

/** RFC 5891 §4.2. */
function isUnicodeLabel(label: string): boolean {
  if (!/[^\0-\u007f]/.test(label) || label.normalize('NFC') !== label) return false
  if (/^-|-$|^..--|^\p{M}/u.test(label)) return false
  const letters = Array.from(label)
  return letters.every((letter, at) => {
    const rule = CONTEXTS[letter]
    if (rule === undefined) return isAllowed(letter)
    return rule(letters.slice(0, at).join(''), letters.slice(at + 1).join(''))
  })
}

/** RFC 5892 §2.6, without those that depend on what is around them. */
const EXCEPTIONS_ALLOWED = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]/
const EXCEPTIONS_REFUSED = /[\u302e\u302f\u0640\u07fa\u3031-\u3035\u303b]/
/** RFC 5892 §2.1, without upper case, which §2.2 refuses; Cherokee folds the other way round. */
const LETTER_OR_DIGIT = /[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}-]|(?=\p{Script=Cherokee})\p{Lu}/u
/** RFC 5892 §2.3, §2.4 and §2.9. */
const IGNORABLE = /[\p{Default_Ignorable_Code_Point}\u20d0-\u20ff\u{1d100}-\u{1d24f}]/u
const OLD_HANGUL = /[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/

/** RFC 5892 §3. */
function isAllowed(letter: string): boolean {
  if (EXCEPTIONS_ALLOWED.test(letter)) return true
  return (
    LETTER_OR_DIGIT.test(letter) &&
    !EXCEPTIONS_REFUSED.test(letter) &&
    !IGNORABLE.test(letter) &&
    !OLD_HANGUL.test(letter) &&
    isStable(letter)
  )
}

/** RFC 5892 §2.2. Unicode's case folding is upper case and back, but for Turkish and Cherokee. */
function isStable(letter: string): boolean {
  if (letter.normalize('NFKC') !== letter) return false
  if (/\p{Script=Cherokee}/u.test(letter)) return letter.toUpperCase() === letter
  const folded = letter === 'ı' ? letter : letter.toUpperCase().toLowerCase()
  return folded.normalize('NFKC') === letter
}

type Rule = (before: string, after: string) => boolean

/** Canonical combining class 9, which regular expressions cannot ask for. */
const AFTER_VIRAMA = new RegExp(
  String.raw`[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba` +
    String.raw`\u0f84\u1039\u103a\u1714\u1715\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f` +
    String.raw`\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}\u{11070}\u{1107f}` +
    String.raw`\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{113ce}-\u{113d0}` +
    String.raw`\u{11442}\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}` +
    String.raw`\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}\u{11d45}\u{11d97}\u{11f41}` +
    String.raw`\u{11f42}\u{1612f}]$`,
  'u',
)

/**
 * Letters of the scripts that join them. A.1 asks for the joining type of each letter, of which
 * engines know nothing: a letter that never joins on this side passes too.
 */
const JOINING =
  'Arabic Syriac Mongolian Nko Mandaic Phags_Pa Manichaean Psalter_Pahlavi Adlam ' +
  'Hanifi_Rohingya Sogdian Chorasmian Old_Uyghur'
const JOINING_LETTER = `(?=\\p{L})[${JOINING.replaceAll(/(\w+) ?/g, '\\p{Script=$1}')}]`
const ENDS_JOINING = new RegExp(`${JOINING_LETTER}\\p{M}*$`, 'u')
const STARTS_JOINING = new RegExp(`^\\p{M}*${JOINING_LETTER}`, 'u')

const KANA_OR_HAN = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u
const afterHebrew: Rule = (before) => /\p{Script=Hebrew}$/u.test(before)

/** RFC 5892 appendix A: letters that are allowed in some company only. */
const CONTEXTS: Readonly<Record<string, Rule>> = {
  // A.1 and A.2, zero width non-joiner and joiner
  '\u200c': (before, after) =>
    AFTER_VIRAMA.test(before) || (ENDS_JOINING.test(before) && STARTS_JOINING.test(after)),
  '\u200d': (before) => AFTER_VIRAMA.test(before),
  // A.3 to A.7: middle dot, keraia, geresh, gershayim, katakana middle dot
  '\u00b7': (before, after) => before.endsWith('l') && after.startsWith('l'),
  '\u0375': (_before, after) => /^\p{Script=Greek}/u.test(after),
  '\u05f3': afterHebrew,
  '\u05f4': afterHebrew,
  '\u30fb': (before, after) => KANA_OR_HAN.test(before + after),
  ...digitRules(0x06_60, /[\u06f0-\u06f9]/),
  ...digitRules(0x06_f0, /[\u0660-\u0669]/),
}

/** A.8 and A.9: Arabic-Indic digits and the extended ones do not mix. */
function digitRules(zero: number, others: RegExp): Record<string, Rule> {
  const rule: Rule = (before, after) => !others.test(before + after)
  return Object.fromEntries(
    Array.from({ length: 10 }, (_, digit) => [String.fromCodePoint(zero + digit), rule]),
  )
}
