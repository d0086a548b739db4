/** Who is calling. Set once by an authenticating policy, read by everything after it. */
export interface Principal {
  /** The policy that vouches for it: `api-key`, `jwt-auth`, `basic-auth`, … */
  readonly method: string
  /** Stable and unique within the method: a JWT's `sub`, a user name, a key's id. */
  readonly subject: string
  /** The registered API consumer, where there is one. */
  readonly consumer?: string
  /** Id of the API key, never the key. */
  readonly key?: string
  readonly scopes: readonly string[]
  readonly groups: readonly string[]
  /** Claims of a verified token (RFC 7519 §4). */
  readonly claims: Readonly<Record<string, unknown>>
  /** What the API's provider noted on the consumer. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Fills what a policy does not know with empty lists and records. */
export function principal(
  known: Pick<Principal, 'method' | 'subject'> & Partial<Principal>,
): Principal {
  return { scopes: [], groups: [], claims: {}, metadata: {}, ...known }
}
