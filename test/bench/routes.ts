/**
 * `npm run bench:routes -- [FILE]`: for 0 to 10,000 routes, and for an OpenAPI document: time to compile, size of the
 * bundle, time of a match, and CPU time of workerd from its start to the first answer, beside a Worker that does
 * nothing.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { measureGrowth } from './growth.ts'

const STARTS = 15
const folder = mkdtempSync(join(tmpdir(), 'cardea-routes-'))
const file = process.argv[2]
try {
  const more = file === undefined ? {} : { [basename(file)]: readFileSync(file, 'utf8') }
  const table = await measureGrowth(folder, { starts: STARTS, more })
  console.table(
    table.map(({ name, routes, compileMs, bundleBytes, gzipBytes, matchMicros, startCpuMs }) => ({
      case: name,
      routes,
      'compile ms': Math.round(compileMs),
      'bundle KB': (bundleBytes / 1000).toFixed(1),
      'gzip KB': (gzipBytes / 1000).toFixed(1),
      'match µs': matchMicros?.toFixed(2) ?? '-',
      'start ms': startCpuMs.toFixed(1),
    })),
  )
} finally {
  rmSync(folder, { recursive: true })
}
