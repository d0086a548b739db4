import type { ConsumerStatus, KeyStatus } from '../../src/core/keys.ts'
import { isAddressRange } from './address-range.ts'
import { Failure } from './database.ts'

/** What a consumer's creator may say. */
export interface ConsumerInput {
  id: string
  name: string
  description: string
  metadata: Record<string, unknown>
  tags: string[]
  groups: string[]
  status: ConsumerStatus
}

export interface KeyInput {
  name: string
  scopes: string[]
  ipRanges: string[]
  status: KeyStatus
  expiresMs: number | null
}

/** Only an import says these. */
export interface ImportedKeyInput extends KeyInput {
  id: string
  hash: string
  mode: 'live' | 'test'
  start: string
  lastFour: string
  createdMs: number
  lastUsedMs: number | null
  replaces: string | null
}

/** @throws Failure `invalid`, naming the member and what it must be */
export function checkConsumer(input: unknown): Partial<ConsumerInput> {
  return check<ConsumerInput>('consumer', CONSUMER, input)
}

export function checkConsumerChange(input: unknown): Partial<Omit<ConsumerInput, 'id'>> {
  const { id: _id, ...members } = CONSUMER
  return check<Omit<ConsumerInput, 'id'>>('consumer', members, input)
}

/** A new key is active; `status` is for changes. */
export function checkKey(input: unknown): Partial<KeyInput> {
  return check<KeyInput>('key', KEY, input)
}

export function checkImportedConsumer(
  input: unknown,
): Partial<ConsumerInput & { createdMs: number }> {
  const members = { ...CONSUMER, createdMs: aTime }
  return check<ConsumerInput & { createdMs: number }>('consumer', members, input)
}

export function checkImportedKey(input: unknown): Partial<ImportedKeyInput> {
  return check<ImportedKeyInput>('key', { ...KEY, ...IMPORTED }, input)
}

/** Ids stand in URLs, headers and logs, so they are kept plain. */
export const ID = /^[A-Za-z0-9][A-Za-z0-9._~:@-]{0,99}$/
export const METADATA_BYTES_MAX = 4096
export const LABELS_MAX = 50

/** @returns what the value must be, when it is not */
type Checker = (value: unknown) => string | undefined

function check<T>(
  what: string,
  members: { [K in keyof Required<T>]: Checker },
  input: unknown,
): Partial<T> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Failure('invalid', `The ${what} must be a JSON object.`)
  }
  const known: Record<string, Checker> = members
  for (const [name, value] of Object.entries(input)) {
    const checker = Object.hasOwn(known, name) ? known[name] : undefined
    if (checker === undefined) {
      const names = Object.keys(known).join(', ')
      throw new Failure('invalid', `A ${what} has no member "${name}". Its members are ${names}.`)
    }
    const must = checker(value)
    if (must !== undefined)
      throw new Failure('invalid', `"${name}" of the ${what} must be ${must}.`)
  }
  return { ...input } as Partial<T>
}

const aText =
  (max: number): Checker =>
  (value) =>
    typeof value === 'string' && value.length <= max
      ? undefined
      : `a text of at most ${max} characters`

const anId: Checker = (value) =>
  typeof value === 'string' && ID.test(value)
    ? undefined
    : 'up to 100 letters, digits and . _ ~ : @ - and start with a letter or digit'

const aTime: Checker = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'milliseconds since 1970'

const orNull =
  (checker: Checker): Checker =>
  (value) => {
    const must = value === null ? undefined : checker(value)
    return must === undefined ? undefined : `${must}, or null`
  }

const oneOf =
  (...values: string[]): Checker =>
  (value) =>
    values.includes(value as string) ? undefined : `one of ${values.join(', ')}`

const labels =
  (each: (label: string) => boolean, must: string): Checker =>
  (value) =>
    Array.isArray(value) &&
    value.length <= LABELS_MAX &&
    value.every((one) => typeof one === 'string' && one.length <= 100 && each(one))
      ? undefined
      : `a list of at most ${LABELS_MAX} ${must}`

/** Scopes as in RFC 6749 §3.3; tags and groups the same, so that all of them fit in one header. */
const words = labels((label) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(label), 'words without spaces')

const metadata: Checker = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  new TextEncoder().encode(JSON.stringify(value)).length <= METADATA_BYTES_MAX
    ? undefined
    : `a JSON object of at most ${METADATA_BYTES_MAX} bytes`

const CONSUMER = {
  id: anId,
  name: aText(200),
  description: aText(2000),
  metadata,
  tags: words,
  groups: words,
  status: oneOf('active', 'disabled'),
}

const KEY = {
  name: aText(200),
  scopes: words,
  ipRanges: labels(
    isAddressRange,
    'addresses or CIDR blocks, like 203.0.113.0/24 or 2001:db8::/32',
  ),
  status: oneOf('active', 'disabled', 'revoked'),
  expiresMs: orNull(aTime),
}

const IMPORTED = {
  id: anId,
  hash: ((value) =>
    typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
      ? undefined
      : 'a SHA-256 in base64url') satisfies Checker,
  mode: oneOf('live', 'test'),
  start: aText(32),
  lastFour: aText(4),
  createdMs: aTime,
  lastUsedMs: orNull(aTime),
  replaces: orNull(anId),
}
