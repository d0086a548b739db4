import type { Need } from '../../src/core/policy.ts'
import type { Config } from './config.ts'
import type { Messages } from './messages.ts'
import type { CompiledRoute } from './routes.ts'
import type { Use } from './steps.ts'

/** A gateway without a place for its counters would refuse, or let pass, everything. */
export function checkBindings(
  routes: readonly CompiledRoute[],
  everywhere: readonly Use[],
  { wrangler }: Config,
  messages: Messages,
): void {
  const users = new Map<Need, string>()
  for (const use of [...everywhere, ...routes.flatMap((one) => [...one.policies, one.handler])]) {
    for (const need of use.needs) if (!users.has(need)) users.set(need, use.name)
  }
  for (const { name, need, block } of bindings) {
    const user = users.get(need)
    if (user === undefined || wrangler.bindings.has(name)) continue
    messages.error(
      'missing-binding',
      { file: wrangler.file, pointer: '', line: 1, column: 1 },
      `wrangler.toml has no binding '${name}'.`,
      `'${user}' keeps its state there.`,
      `Add:\n\n${block.replace(/^/gm, '    ')}`,
    )
  }
}

interface Binding {
  readonly name: string
  readonly need: Need
  /** What to paste into wrangler.toml. */
  readonly block: string
}

const durableObject = (name: string, need: Need, className: string): Binding => ({
  name,
  need,
  block: `[[durable_objects.bindings]]\nname = "${name}"\nclass_name = "${className}"`,
})

/** Where the state is that a need stands for. */
const bindings: readonly Binding[] = [
  durableObject('COUNTERS', 'counters', 'Counters'),
  durableObject('REGISTRY', 'keys', 'Registry'),
  durableObject('REVOCATIONS', 'keys', 'Revocations'),
  { name: 'KEYS', need: 'keys', block: '[[kv_namespaces]]\nbinding = "KEYS"' },
]
