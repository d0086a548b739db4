import type { Exchange } from '#gateway'
import type { Algorithm } from './algorithms.ts'

/** Which key a token asks for. */
export interface Wanted {
  readonly alg: Algorithm
  readonly kid: string | undefined
}

/** Where the keys of an issuer come from. */
export interface Keys {
  /**
   * The keys that may have signed: each of the type that the algorithm needs, imported for it alone.
   * Undefined while no keys are known at all, which says nothing about the token.
   */
  find(wanted: Wanted, exchange: Exchange): Promise<readonly CryptoKey[] | undefined>
  /** Until keys may be known again. */
  readonly retryAfterMs: number
}
