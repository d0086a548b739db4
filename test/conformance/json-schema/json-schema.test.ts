import { expect, test } from 'vitest'
import { runSuite } from './run.ts'
import { officialSuite, ownSuite } from './suite.ts'
import { known } from './known-failures.ts'

// The official suite is not on npm (`@json-schema-org/tests` fetches it from GitHub while it is
// installed), so it is named by a variable; see README.md.
const checkout = process.env['CARDEA_JSON_SCHEMA_SUITE']

test('every case that we wrote from the specification holds in workerd', async () => {
  const { cases, remotes } = ownSuite()
  const isFormat = ({ file }: { file: string }) => file === 'formats'
  const plain = { cases: cases.filter((one) => !isFormat(one)), remotes }
  const formats = { cases: cases.filter(isFormat), remotes }
  const outcomes = [await runSuite(plain, false), await runSuite(formats, true)]
  expect(Object.fromEntries(outcomes.flatMap(({ failures }) => [...failures]))).toEqual({})
  expect(outcomes.map(({ required }) => required)).toEqual([602, 504])
})

test.runIf(checkout !== undefined)('the official suite fails only where we say so', async () => {
  const { required, formats } = officialSuite(checkout ?? '')
  const outcome = await runSuite(required, false)
  const asserted = await runSuite(formats, true)
  console.log(
    `official suite: ${outcome.required - outcome.failures.size}/${outcome.required} required, ` +
      `${asserted.required - asserted.failures.size}/${asserted.required} format tests`,
  )
  expect(Object.fromEntries(outcome.failures)).toEqual(known.required)
  expect(Object.fromEntries(asserted.failures)).toEqual(known.formats)
})
