import type { Exchange } from './exchange.ts'
import type { Options, OptionSet } from './option.ts'
import type { Async, Need, Status } from './policy.ts'
import type { Runtime } from './runtime.ts'

/** Answers an exchange that every policy has let pass. */
export type Handle = (exchange: Exchange) => Async<Response>

export interface Handler<S extends OptionSet = OptionSet> {
  /** One sentence, for the docs table and for editors. */
  readonly summary: string
  /** May be left out in a handler of one's own. */
  readonly status?: Status
  readonly needs?: readonly Need[] | ((options: Options<S>) => readonly Need[])
  readonly options: S
  /** As in `Policy.check`. */
  check?(options: Options<S>): void
  /** As in `Policy.setup`. */
  setup(options: Options<S>, runtime: Runtime, derived?: unknown): Handle
}

/** Gives `setup` the types of the options. */
export function defineHandler<const S extends OptionSet>(handler: Handler<S>): Handler<S> {
  return handler
}
