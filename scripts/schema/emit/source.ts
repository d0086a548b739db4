import { TYPE_BITS } from '../../../src/openapi/schema/violation.ts'

/**
 * A JavaScript expression for a JSON value. Everything from a schema goes through here or through
 * `member`, so that nothing in it can become code.
 */
export function literal(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('only JSON has a literal')
  // As a literal, { "__proto__": … } would set the prototype; parsed, it is an ordinary property
  if (typeof value === 'object' && value !== null) return `JSON.parse(${quoted(text)})`
  return typeof value === 'string' ? quoted(value) : text
}

/** JSON strings are JavaScript strings, and harmless in a <script> or a template too. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u2028\u2029<]|[\ud800-\udfff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** `v.name`, or `v["the name"]`. */
export const member = (object: string, name: string): string =>
  IDENTIFIER.test(name) ? `${object}.${name}` : `${object}[${literal(name)}]`

/** Names that every object inherits: reading them says nothing about the value itself. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

export const isInherited = (name: string): boolean => INHERITED.has(name)

export const has = (object: string, name: string): string =>
  isInherited(name)
    ? `Object.hasOwn(${object},${literal(name)})`
    : `${member(object, name)}!==undefined`

/** One segment of a JSON pointer as a literal. */
export const pointerSegment = (name: string): string =>
  literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)

const { null: NULL, boolean, number, integer, string, array, object } = TYPE_BITS
const ALL = NULL | boolean | number | integer | string | array | object

/** An expression that is true when `value` has one of the types in `mask`. */
export function typeTest(mask: number, value: string): string {
  if ((mask | integer) === ALL) return 'true'
  const anyObject = NULL | array | object
  const tests: (readonly [boolean, string])[] = [
    [(mask & string) !== 0, `typeof ${value}==='string'`],
    [(mask & number) !== 0, `typeof ${value}==='number'`],
    [(mask & (number | integer)) === integer, `Number.isInteger(${value})`],
    [(mask & boolean) !== 0, `typeof ${value}==='boolean'`],
    [(mask & anyObject) === anyObject, `typeof ${value}==='object'`],
  ]
  if ((mask & anyObject) !== anyObject) {
    tests.push(
      [(mask & NULL) !== 0, `${value}===null`],
      [(mask & array) !== 0, `Array.isArray(${value})`],
      [(mask & object) !== 0, `(${isObjectTest(value)})`],
    )
  }
  return tests.flatMap(([applies, test]) => (applies ? [test] : [])).join('||') || 'false'
}

export const isObjectTest = (value: string): string =>
  `typeof ${value}==='object'&&${value}!==null&&!Array.isArray(${value})`
