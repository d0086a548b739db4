import ipaddr from 'ipaddr.js'
import { objectSchema, type OptionSet, type Schema } from '../../src/core/option.ts'
import { parse as parseTemplate } from '../../src/core/template.ts'
import { VARIABLE } from '../../src/core/variables.ts'
import { step } from './documents/pointer.ts'

/** What is wrong with an option: where below the options, what, and what to write. */
export interface Fault {
  /** JSON Pointer below the options object. */
  readonly pointer: string
  readonly what: string
  readonly instead: string
}

export interface Checked {
  /** With defaults, in the form `setup` receives; options left out are undefined. */
  readonly options: Readonly<Record<string, unknown>>
  readonly faults: readonly Fault[]
  /** Names used as `$env.NAME` or `{env.NAME}`, with the place of each. */
  readonly variables: readonly Named[]
  /** Names used as `{params.NAME}`, with the place of each. */
  readonly parameters: readonly Named[]
}

export interface Named {
  readonly name: string
  /** JSON Pointer below the options object. */
  readonly pointer: string
}

/** Checks options against what a policy or handler declares, and turns them into what `setup` receives. */
export function checkOptions(declared: OptionSet, given: unknown): Checked {
  const run = new Run()
  const value = given === undefined ? {} : given
  const checked = (run.check(objectSchema(declared), value, '') ?? {}) as Record<string, unknown>
  const options = Object.fromEntries(Object.keys(declared).map((name) => [name, checked[name]]))
  const { faults, variables, parameters } = run
  return { options, faults, variables, parameters }
}

class Run {
  readonly faults: Fault[] = []
  readonly variables: Named[] = []
  readonly parameters: Named[] = []

  /** @returns the value with defaults and in normal form; meaningless when there are faults */
  check(schema: Schema, value: unknown, pointer: string): unknown {
    if (schema.anyOf) return this.#anyOf(schema.anyOf, value, pointer)
    if (isAnything(schema)) return this.#anything(schema, value, pointer)
    if (schema.enum && !schema.enum.includes(value)) {
      return this.#fault(pointer, `${show(value)} is not one of the values`, list(schema.enum))
    }
    if (schema.type && !TYPES[schema.type](value)) {
      return this.#fault(pointer, `${show(value)} is not ${ARTICLES[schema.type]}`, example(schema))
    }
    if (typeof value === 'string') return this.#string(schema, value, pointer)
    if (typeof value === 'number') return this.#number(schema, value, pointer)
    if (Array.isArray(value)) {
      if (schema.minItems && value.length < schema.minItems) {
        this.#fault(pointer, 'the list is too short', `at least ${schema.minItems} entries`)
      }
      return value.map((one, i) => this.check(schema.items ?? {}, one, `${pointer}/${i}`))
    }
    return typeof value === 'object' && value !== null
      ? this.#object(schema, value as Record<string, unknown>, pointer)
      : value
  }

  /** Any JSON; the format holds for each text in it. */
  #anything(schema: Schema, value: unknown, pointer: string): unknown {
    if (typeof value === 'string') return this.#string(schema, value, pointer)
    if (Array.isArray(value)) {
      return value.map((one, i) => this.#anything(schema, one, `${pointer}/${i}`))
    }
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).map(([name, one]) => {
      const at = step(pointer, name)
      return [name, this.#anything(schema, one, at)]
    })
    return Object.fromEntries(members)
  }

  #object(schema: Schema, value: Record<string, unknown>, pointer: string): unknown {
    const { properties = {}, required = [], additionalProperties } = schema
    const result = Object.create(null) as Record<string, unknown>
    for (const [name, member] of Object.entries(value)) {
      const at = step(pointer, name)
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (known) result[name] = this.check(known, member, at)
      else if (typeof additionalProperties === 'object') {
        const normal = this.check(schema.propertyNames ?? {}, name, at) ?? name
        result[String(normal)] = this.check(additionalProperties, member, at)
      } else {
        const names = Object.keys(properties)
        this.#fault(at, `there is no option '${name}'`, names.length ? list(names) : 'no options')
      }
    }
    for (const name of required) {
      if (!Object.hasOwn(value, name)) {
        this.#fault(pointer, `the option '${name}' is missing`, example(properties[name]!))
      }
    }
    for (const [name, one] of Object.entries(properties)) {
      if (!Object.hasOwn(value, name) && one.default !== undefined) {
        result[name] = this.check(one, one.default, `${pointer}/${name}`)
      }
    }
    return result
  }

  #anyOf(forms: readonly Schema[], value: unknown, pointer: string): unknown {
    const tries = forms.map((form) => {
      const run = new Run()
      return { form, run, result: run.check(form, value, pointer) }
    })
    const good = tries.find(({ run }) => run.faults.length === 0)
    if (good) {
      this.variables.push(...good.run.variables)
      this.parameters.push(...good.run.parameters)
      return good.result
    }
    // the form whose type fits tells most about what is wrong
    const nearest =
      tries.find(({ form }) => form.type && TYPES[form.type](value)) ??
      tries.find(({ form }) => isAnything(form)) ??
      tries[0]!
    const fault = nearest.run.faults[0]!
    const others = forms.map(example).join(', or ')
    return this.#fault(fault.pointer, fault.what, nearest.form.enum ? others : fault.instead)
  }

  #string({ format, minLength = 0 }: Schema, value: string, pointer: string): unknown {
    const name = VARIABLE.exec(value)?.[1]
    if (name !== undefined && (format === undefined || LATE.has(format))) {
      this.variables.push({ name, pointer })
      return value
    }
    if (value.length < minLength) {
      return this.#fault(pointer, 'the text is too short', `at least ${minLength} characters`)
    }
    if (format === undefined) return value
    try {
      if (format === 'template') this.#noteNames(value, pointer)
      return FORMATS[format].normalize(value)
    } catch (error) {
      return this.#fault(
        pointer,
        `${show(value)}: ${(error as Error).message}`,
        FORMATS[format].like,
      )
    }
  }

  #noteNames(template: string, pointer: string): void {
    for (const part of parseTemplate(template)) {
      if (typeof part === 'string') continue
      const [root, ...names] = part
      if (root === 'env') this.variables.push({ name: names.join('.'), pointer })
      if (root === 'params') this.parameters.push({ name: names.join('.'), pointer })
    }
  }

  #number({ minimum, maximum }: Schema, value: number, pointer: string): unknown {
    if (minimum !== undefined && value < minimum) {
      return this.#fault(pointer, `${value} is too small`, `${minimum} or more`)
    }
    if (maximum !== undefined && value > maximum) {
      return this.#fault(pointer, `${value} is too large`, `${maximum} or less`)
    }
    return value
  }

  #fault(pointer: string, what: string, instead: string): undefined {
    this.faults.push({ pointer, what, instead })
    return undefined
  }
}

const isAnything = ({ type, enum: values, format }: Schema): boolean =>
  type === undefined && values === undefined && format !== undefined

/** Formats whose value may come from the environment, read when the Worker starts. */
const LATE = new Set<string>(['secret', 'url', 'template', 'regex'])

const TYPES: Record<NonNullable<Schema['type']>, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

const ARTICLES: Record<NonNullable<Schema['type']>, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

interface FormatRule {
  readonly like: string
  /** @throws Error with the reason */
  normalize(value: string): unknown
}

const FORMATS: Record<NonNullable<Schema['format']>, FormatRule> = {
  duration: {
    like: '"250ms", "10s", "5m", "1h" or "30d"',
    normalize: (value) => measure(value, TIMES),
  },
  instant: { like: '"2027-06-30" or "2027-06-30T12:00:00Z"', normalize: instant },
  bytes: { like: '"500 B", "64 KiB" or "1 MiB"', normalize: (value) => measure(value, SIZES) },
  cidr: { like: '"10.0.0.0/8", "2001:db8::/32" or one address', normalize: cidr },
  'header-name': { like: '"x-tenant"', normalize: (value) => token(value, 'field name', '5.1') },
  token: { like: '"shop"', normalize: (value) => token(value, 'token', '5.6.2') },
  url: { like: '"https://api.example.com" or "$env.NAME"', normalize: url },
  regex: {
    like: 'a JavaScript regular expression',
    normalize: (value) => (new RegExp(value, 'u'), value),
  },
  'json-pointer': { like: '"/user/id"', normalize: jsonPointer },
  template: {
    like: '"{params.id}" or plain text',
    normalize: (value) => (parseTemplate(value), value),
  },
  secret: {
    like: '"$env.NAME", with NAME among `[secrets] required` in wrangler.toml',
    normalize: () => {
      throw new Error('a secret must not stand in a file')
    },
  },
}

const TIMES = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824, kB: 1e3, MB: 1e6, GB: 1e9 }

function measure(value: string, units: Readonly<Record<string, number>>): number {
  const [, count, unit] = /^(\d+)\s*([A-Za-z]+)$/.exec(value) ?? []
  const size = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined
  if (size === undefined) throw new Error(`the units are ${Object.keys(units).join(', ')}`)
  const result = Number(count) * size
  if (!Number.isSafeInteger(result)) throw new Error('that is too much')
  return result
}

/** RFC 3339; a day is its first moment in UTC. */
function instant(value: string): number {
  const isShaped = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$/.test(value)
  const result = isShaped ? Date.parse(value) : Number.NaN
  // `Date.parse` takes February 30 for March 2
  const isOnCalendar = new Date(`${value.slice(0, 10)}T00:00:00Z`)
    .toJSON()
    ?.startsWith(value.slice(0, 10))
  if (Number.isNaN(result) || !isOnCalendar) throw new Error('not a date (RFC 3339)')
  return result
}

function cidr(value: string): string {
  const isAddress = ipaddr.isValid(value) && !/^\d+$/.test(value)
  if (!isAddress && !ipaddr.isValidCIDR(value)) throw new Error('not an IP address or range')
  return value
}

function token(value: string, what: string, clause: string): string {
  if (!/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(value)) {
    throw new Error(`not a ${what} (RFC 9110 §${clause})`)
  }
  return value.toLowerCase()
}

function url(value: string): string {
  const parsed = URL.canParse(value) ? new URL(value) : undefined
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new Error('not an absolute http or https URL')
  return value
}

function jsonPointer(value: string): string {
  if (!/^(\/([^~/]|~[01])*)*$/.test(value)) throw new Error('not a JSON Pointer (RFC 6901)')
  return value
}

function example(schema: Schema): string {
  if (schema.enum) return list(schema.enum)
  if (schema.anyOf) return schema.anyOf.map(example).join(', or ')
  if (isAnything(schema)) return 'any JSON'
  if (schema.format) return FORMATS[schema.format].like
  if (schema.type === 'array') return `a list of: ${example(schema.items ?? {})}`
  if (schema.type === 'object') return 'an object'
  return schema.type ? ARTICLES[schema.type] : 'a value'
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const list = (values: readonly unknown[]): string => values.map(show).join(', ')
