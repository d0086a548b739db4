/** Explains many requests in one Node process, without vitest's module loader between: JSON in, JSON out. */
import { readFileSync } from 'node:fs'
import { compile } from '../../scripts/compile/compile.ts'
import { explain } from '../../scripts/compile/explain.ts'

export interface Told {
  readonly outcome: string
  readonly path: string
  readonly policies: readonly string[]
}

const [config = ''] = process.argv.slice(2)
const { routes, isGood, messages } = await compile({ config, isDry: true, hasUpstream: true })
if (!isGood) throw new Error(JSON.stringify(messages, undefined, 2))
const asked = JSON.parse(readFileSync(0, 'utf8')) as readonly (readonly [string, string])[]
const told: readonly Told[] = asked.map(([method, target]) => {
  const one = explain(routes, method, target)
  const policies = one.outcome === 'route' ? one.route.policies.map(({ name }) => name) : []
  return { outcome: one.outcome, path: one.path, policies }
})
console.log(JSON.stringify(told))
