import { NotReady } from './problem.ts'
import type { Runtime } from './runtime.ts'

/** Replaces every option that is `"$env.NAME"` by the variable's value. */
export function withEnv<T>(options: T, runtime: Runtime): T {
  if (typeof options === 'string') return (variable(options, runtime) ?? options) as T
  if (Array.isArray(options)) return options.map((one: unknown) => withEnv(one, runtime)) as T
  if (typeof options !== 'object' || options === null) return options
  const entries = Object.entries(options).map(([name, value]) => [name, withEnv(value, runtime)])
  return Object.fromEntries(entries) as T
}

/** `$env.NAME`, whole. */
export const VARIABLE = /^\$env\.([A-Za-z_][A-Za-z0-9_]*)$/

function variable(text: string, runtime: Runtime): string | undefined {
  const name = VARIABLE.exec(text)?.[1]
  if (name === undefined) return undefined
  const value = runtime.env(name)
  if (value === undefined) throw new NotReady(`the variable ${name} is not set`)
  return value
}
