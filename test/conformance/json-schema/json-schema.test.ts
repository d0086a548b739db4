import { expect, test } from 'vitest'
import { known, type KnownFailure } from './known-failures.ts'
import { type Outcome, runSuite } from './run.ts'
import { namesOf, officialSuite, ownSuite, VENDORED, type Suite } from './suite.ts'

/** A newer checkout of the official suite may be named instead of the one in this folder. */
const checkout = process.env['CARDEA_JSON_SCHEMA_SUITE']

test('every case that we wrote from the specification holds in workerd', async () => {
  const { cases, remotes } = ownSuite()
  const isFormat = ({ file }: { file: string }) => file === 'formats'
  const plain = { cases: cases.filter((one) => !isFormat(one)), remotes }
  const formats = { cases: cases.filter(isFormat), remotes }
  const outcomes = [await runSuite(plain, false), await runSuite(formats, true)]
  expect(Object.fromEntries(outcomes.flatMap(({ failures }) => [...failures]))).toEqual({})
  expect(outcomes.map(({ required }) => required)).toEqual([602, 515])
})

test('the official suite fails only where we say so', async () => {
  const { required, formats, optional } = officialSuite(checkout ?? VENDORED)
  const outcome = await runSuite(required, false)
  const asserted = await runSuite(formats, true)
  console.log(`official suite: ${score(outcome)} required, ${score(asserted)} format tests`)
  if (optional.cases.length > 0) {
    const free = await runSuite(optional, true)
    console.log(`optional: ${score(free)}; not as the suite has it:`, [...free.failures.keys()])
  }
  expect(Object.fromEntries(outcome.failures)).toEqual(expected(required, known.required))
  expect(Object.fromEntries(asserted.failures)).toEqual(expected(formats, known.formats))
  if (checkout === undefined) {
    expect([outcome.required, asserted.required]).toEqual([1176, 467])
  }
})

const score = ({ required, failures }: Outcome): string => `${required - failures.size}/${required}`

/** Another revision may lack a test that is known to fail here; ours may not. */
function expected(
  suite: Suite,
  failures: Readonly<Record<string, KnownFailure>>,
): Record<string, string> {
  const names = new Set(namesOf(suite))
  return Object.fromEntries(
    Object.entries(failures)
      .filter(([name]) => checkout === undefined || names.has(name))
      .map(([name, { verdict }]) => [name, verdict]),
  )
}
