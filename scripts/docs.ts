#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedPages } from './docs/pages.ts'
import { repository } from './compile/plugins.ts'

/**
 * Writes what the documentation says of the code: tables of options, lists of parts and problems. With `--check`
 * nothing is written, and a page that does not say the same as the code is an error.
 */
const isCheck = process.argv.includes('--check')
const { pages, faults } = await generatedPages()
const stale = [...pages].filter(([file, text]) => read(file) !== text).map(([file]) => file)

if (!isCheck) {
  for (const file of stale) writeFileSync(join(repository, file), pages.get(file)!)
  console.log(stale.length === 0 ? 'Everything is up to date.' : `Written: ${stale.join(', ')}.`)
} else if (stale.length > 0) {
  console.error(`These pages do not say what the code says: ${stale.join(', ')}.`)
  console.error('They are generated, and readers would be told something that is no longer so.')
  console.error('Run `npm run docs` and commit what it writes.')
  process.exitCode = 1
}

if (faults.length > 0) {
  console.error(faults.join('\n'))
  console.error('Options and lists of parts are told from the code, between two marks.')
  console.error("Put '<!-- options -->' and '<!-- /options -->' there, or the same with 'parts'.")
  process.exitCode = 1
}

function read(file: string): string | undefined {
  const path = join(repository, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
