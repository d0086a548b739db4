import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seedOf } from '../../simulation/random.ts'
import { compareOnDocument } from './run.ts'

/**
 * The whole description weighs 13 MB and is no part of the repository. With
 * CARDEA_GITHUB_OPENAPI=…/api.github.com.json (from the npm package @octokit/openapi) it is used;
 * without, the excerpt, with more mutations of each body.
 */
const whole = process.env['CARDEA_GITHUB_OPENAPI']
const excerpt = join(import.meta.dirname, '../../fixtures/github/api.github.com.excerpt.json')

test('agrees with hyperjump and Ajv on tens of thousands of mutated bodies', async () => {
  const seed = seedOf('schema-differential/github')
  const agreement = await compareOnDocument(whole ?? excerpt, whole === undefined ? 600 : 60, seed)
  const { disagreements, ...counts } = agreement
  console.log(`${whole ?? 'the excerpt'}: ${JSON.stringify(counts)}`)
  expect(disagreements).toEqual([])
  expect(agreement.bodies).toBeGreaterThan(20_000)
})
