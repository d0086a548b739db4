import { describe, expect, it } from 'vitest'
import { checkOptions } from '../../scripts/compile/options.ts'
import type { Handler } from '../../src/core/handler.ts'
import type { Policy } from '../../src/core/policy.ts'
import { Metrics } from '../../src/core/metrics.ts'
import type { Runtime } from '../../src/core/runtime.ts'
import { withEnv } from '../../src/core/variables.ts'

/** Every policy and handler with the options of its README's example. */
const modules = import.meta.glob<{ default: Policy | Handler }>(
  ['../../src/policies/*/*.ts', '../../src/handlers/*/*.ts', '!**/*.test.ts', '!**/*.compile.ts'],
  { eager: true },
)
const readmes = import.meta.glob<string>(['../../src/policies/*/README.md'], {
  eager: true,
  query: '?raw',
  import: 'default',
})

interface Example {
  readonly name: string
  readonly part: Policy
  readonly options: Readonly<Record<string, unknown>>
}

const examples: Example[] = Object.entries(readmes).flatMap(([path, markdown]) => {
  const name = path.split('/').at(-2)!
  const part = modules[`../../src/policies/${name}/${name}.ts`]!.default as Policy
  const [, text = '{}'] = /^```json policies\.json\n(.*?)^```$/ms.exec(markdown) ?? []
  const uses = Object.entries(
    JSON.parse(text) as Record<string, { policy: string; options?: unknown }>,
  )
  return uses
    .filter(([key, use]) => key !== '$schema' && use.policy === name)
    .map(([, use]) => {
      const { options } = checkOptions(part.options, use.options)
      return { name, part, options: frozen(withEnv(options, silent([]))) }
    })
})

/** Any write throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) frozen(one)
    Object.freeze(value)
  }
  return value
}

/** A world in which nothing may be asked. */
function silent(asked: string[]): Runtime {
  const refuse = (what: string) => (): never => {
    asked.push(what)
    throw new Error(`${what} during setup`)
  }
  return {
    now: () => 0,
    fetch: refuse('fetch'),
    randomUUID: refuse('randomUUID'),
    randomBytes: (count) => new Uint8Array(count),
    env: (name) => `${name} with 32 characters and more`.replaceAll(' ', '-'),
    binding: refuse('binding'),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    metrics: new Metrics(),
    keys: new Proxy({}, { get: refuse('keys') }) as never,
    counters: new Proxy({}, { get: refuse('counters') }) as never,
  }
}

describe.each(examples)('$name with the options of its README', ({ part, options }) => {
  it('starts without asking the world outside, and never writes its options', () => {
    const asked: string[] = []
    const hooks = part.setup(options as never, silent(asked))
    expect(asked).toEqual([])
    const known = new Set(['request', 'response', 'finish'])
    expect(Object.keys(hooks).filter((name) => !known.has(name))).toEqual([])
  })
})

it('looks at every policy', () => {
  const names = Object.keys(readmes).map((path) => path.split('/').at(-2))
  expect([...new Set(examples.map(({ name }) => name))].toSorted()).toEqual(names.toSorted())
})
