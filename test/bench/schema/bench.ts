// node test/bench/schema/bench.ts           speed
// node test/bench/schema/bench.ts size      size and start-up; needs CARDEA_GITHUB_OPENAPI
import { measureSizes } from './size.ts'
import { measureSpeeds, type Speeds } from './speed.ts'

const [what = 'speed'] = process.argv.slice(2)
if (what === 'speed') printSpeeds(await measureSpeeds())
else console.log(await measureSizes(process.env['CARDEA_GITHUB_OPENAPI']))

function printSpeeds(speeds: Speeds): void {
  const [first = {}] = Object.values(speeds)
  const candidates = Object.keys(first)
  console.log(`| µs per body | ${candidates.join(' | ')} | ours / ajv-first | ours / ajv-all |`)
  console.log(`| --- |${' ---: |'.repeat(candidates.length + 2)}`)
  for (const [row, times] of Object.entries(speeds)) {
    const cells = candidates.map((one) => (times[one] ?? 0).toFixed(2))
    const ratio = (other: string) => ((times['ours'] ?? 0) / (times[other] ?? 1)).toFixed(2)
    console.log(`| ${row} | ${cells.join(' | ')} | ${ratio('ajv-first')} | ${ratio('ajv-all')} |`)
  }
}
