import type { RawAnswer } from '../harness/raw.ts'
import type { WireRequest } from '../harness/wire.ts'

/** One thing an attacker sends, what it must be answered, and what the upstream must have seen of it. */
export interface Case {
  /** The guarantee. */
  readonly name: string
  /** Ids of the lessons (`lessons.ts`) that it proves. */
  readonly lessons: readonly string[]
  /** The bytes on the socket; a function where they hold a token that is made at run time. */
  readonly send: string | Buffer | ((secrets: Secrets) => string | Buffer | Promise<string>)
  readonly status: number
  /** Of the problem; left out where the answer is not the gateway's. */
  readonly code?: string
  /** `nothing`, or what arrived. */
  readonly upstream: 'nothing' | Expected
  /** What the answer's head and body must say besides. */
  readonly answer?: {
    /** A field and its exact value; `null`: it is absent. */
    readonly fields?: Readonly<Record<string, string | null>>
    readonly without?: RegExp
  }
}

export interface Expected {
  /** The request target, byte for byte. */
  readonly target?: string
  /** A field and its only value; `null`: it is absent. */
  readonly fields?: Readonly<Record<string, string | null>>
  /** In no field at all, whatever its name. */
  readonly without?: RegExp
  readonly body?: string
}

/** What only the config and the tests know. */
export interface Secrets {
  readonly token: string
  readonly key: string
  /** In the right form, and never issued. */
  readonly unissued: string
  readonly password: string
  jwt(given?: TokenParts): Promise<string>
}

/** A token to be signed; JSON texts stay as they are. */
export interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>> | string
  readonly claims?: Readonly<Record<string, unknown>> | string
  /** Whose key signs: the real one, another of the same type, or the public key taken for a secret. */
  readonly by?: 'issuer' | 'stranger' | 'public-key-as-secret' | 'nobody'
}

export interface Played {
  readonly answer: RawAnswer
  readonly seen: readonly WireRequest[]
}

/** A request as text. Fields as lines; `Host` and `Connection: close` unless they are there. */
export function request(
  line: string,
  fields: readonly string[] = [],
  body: string | Buffer = '',
): string | Buffer {
  const has = (name: string) => fields.some((one) => one.toLowerCase().startsWith(`${name}:`))
  const framed = has('content-length') || has('transfer-encoding')
  const head = [
    `${line} HTTP/1.1`,
    ...(has('host') ? [] : ['Host: gateway.test']),
    ...fields,
    ...(has('connection') ? [] : ['Connection: close']),
    ...(body.length > 0 && !framed ? [`Content-Length: ${Buffer.byteLength(body)}`] : []),
    '',
    '',
  ].join('\r\n')
  return typeof body === 'string' ? head + body : Buffer.concat([Buffer.from(head, 'latin1'), body])
}

export const get = (target: string, ...fields: readonly string[]): string =>
  request(`GET ${target}`, fields) as string

export const NOTHING = 'nothing' as const
