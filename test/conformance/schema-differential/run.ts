import { readFileSync } from 'node:fs'
import type { Root, Source } from '../../../scripts/schema/compile.ts'
import { load } from '../../../scripts/schema/testing.ts'
import { Random } from '../../simulation/random.ts'
import { jsonBodies } from './documents.ts'
import { mutated } from './mutate.ts'
import { ajv, hyperjump } from './oracles.ts'
import { randomSchema, randomValue, withoutTraps } from './random-schemas.ts'

export interface Agreement {
  readonly schemas: number
  readonly bodies: number
  readonly invalid: number
  /** Published examples that do not match their own schema. */
  readonly wrongExamples: number
  readonly disagreements: readonly string[]
}

/**
 * Asks hyperjump and Ajv about published examples and mutations of them.
 * @param mutations for each body.
 */
export async function compareOnDocument(
  path: string,
  mutations: number,
  seed: number,
): Promise<Agreement> {
  const uri = 'https://document.test/openapi.json'
  const value = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  const bodies = jsonBodies(value, uri).filter(({ examples }) => examples.length > 0)
  const sources = [{ uri, value }]
  const roots = bodies.map(({ root }) => root)
  const ours = await load(sources, roots, false)
  const components = (value['components'] as { schemas?: Record<string, unknown> }).schemas ?? {}
  const [first, second] = [hyperjump(sources), ajv(components)]
  const random = new Random(seed)
  const disagreements: string[] = []
  const counts = { bodies: 0, invalid: 0, wrongExamples: 0 }
  for (const { root, schema, examples } of bodies) {
    const validate = ours.validator(root.id)
    const oracles = { hyperjump: await first(root), ajv: second(schema) }
    for (let round = 0; round < examples.length + mutations; round += 1) {
      const example = examples[round % examples.length]
      const body = round < examples.length ? example : mutated(example, random)
      const isValid = validate(body) === null
      counts.bodies += 1
      if (!isValid) counts.invalid += 1
      if (!isValid && round < examples.length) counts.wrongExamples += 1
      for (const [name, oracle] of Object.entries(oracles)) {
        if (oracle(body) === isValid) continue
        const verdict = isValid ? 'accept' : 'refuse'
        disagreements.push(`${root.id}: we ${verdict}, ${name} not: ${JSON.stringify(body)}`)
      }
    }
  }
  return { schemas: bodies.length, ...counts, disagreements }
}

/**
 * Makes up schemas and values, and asks the same.
 * @returns what is disputed, each with schema and value.
 */
export async function compareOnRandomSchemas(
  schemas: number,
  values: number,
  seed: number,
): Promise<Agreement> {
  const random = new Random(seed)
  const made = Array.from({ length: schemas }, (_, index) => {
    const beyondAjv = index % 2 === 1
    const uri = `https://made.test/${index}`
    return { uri, beyondAjv, value: randomSchema(random, { beyondAjv }) }
  })
  const root = ({ uri }: Source): Root => ({ id: uri, uri, dialect: '2020-12' })
  const ours = await load(made, made.map(root), false)
  const reference = hyperjump(made)
  const counts = { bodies: 0, invalid: 0, wrongExamples: 0 }
  const disagreements: string[] = []
  for (const source of made) {
    const validate = ours.validator(source.uri)
    const oracles = {
      hyperjump: await reference(root(source)),
      ...(source.beyondAjv ? {} : { ajv: ajv({}, false)(source.value) }),
    }
    for (let count = 0; count < values; count += 1) {
      const any = randomValue(random, 3)
      const value = source.beyondAjv ? any : withoutTraps(any)
      const found = validate(value)
      counts.bodies += 1
      if (found !== null) counts.invalid += 1
      const isExplained = found === null || found.every(({ keyword }) => keyword !== 'schema')
      const verdict = { schema: source.value, value }
      if (!isExplained) disagreements.push(`refused without a reason: ${JSON.stringify(verdict)}`)
      for (const [name, oracle] of Object.entries(oracles)) {
        if (oracle(value) === (found === null)) continue
        disagreements.push(`${name} against ${String(found === null)}: ${JSON.stringify(verdict)}`)
      }
    }
  }
  return { schemas, ...counts, disagreements }
}
