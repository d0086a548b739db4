import { checkOptions } from '../../scripts/compile/options.ts'
import { handler, policy } from '../../src/core/gateway.ts'
import type { Handler } from '../../src/core/handler.ts'
import type { Options, OptionSet } from '../../src/core/option.ts'
import type { Policy } from '../../src/core/policy.ts'
import { type Harness, harness, type Setup } from './harness.ts'

export { echo, type Harness, problemOf } from './harness.ts'

/** `#gateway/testing`: what tests of one's own policies and handlers in `config/` need. */
export type More = Omit<Setup, 'preflight'>

/**
 * A gateway with one route that has this policy, in the Workers runtime.
 *
 * @param options as in `policies.json`: checked, and defaults filled in
 * @param more the handler behind it (answers `ok` by default; `echo` tells what would go upstream), `path`, `env`
 */
export function withPolicy<S extends OptionSet>(
  definition: Policy<S>,
  options: object = {},
  more: More = {},
): Harness {
  const step = policy('under-test', definition, checked(definition.options, options))
  return harness({ ...more, policies: [step, ...(more.policies ?? [])] })
}

/** The same with this handler. */
export function withHandler<S extends OptionSet>(
  definition: Handler<S>,
  options: object = {},
  more: Omit<More, 'handle'> = {},
): Harness {
  const step = handler('under-test', definition, checked(definition.options, options))
  const built: Harness = harness({
    ...more,
    handle: (exchange) => step.start(built.gateway.runtime)(exchange),
  })
  return built
}

/** @throws Error with what `compile` would say */
function checked<S extends OptionSet>(declared: S, given: object): Options<S> {
  const { options, faults } = checkOptions(declared, given)
  const [fault] = faults
  if (fault) throw new Error(`options${fault.pointer}: ${fault.what}. Write: ${fault.instead}.`)
  return options as Options<S>
}
