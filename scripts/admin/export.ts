import { createWriteStream, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { cleaningUp } from '../local/cleaning-up.ts'
import type { Json } from './client.ts'

/**
 * Writes rows to a file, readable by its owner only: all of them or none, so that half a back-up never takes the place
 * of a whole one.
 *
 * @param file path, or `-` for the standard output
 */
export async function exportFile(rows: AsyncIterable<Json>, file: string): Promise<void> {
  if (file === '-') return pipe(rows, process.stdout, { end: false })
  const known = statSync(file, { throwIfNoEntry: false })
  // a pipe or a device takes them as they come
  if (known && !known.isFile()) return pipe(rows, createWriteStream(file))
  const target = known ? realpathSync(file) : file
  const beside = `${target}.${process.pid}.new`
  await cleaningUp(
    () => rmSync(beside, { force: true }),
    async () => {
      await pipe(rows, createWriteStream(beside, { mode: 0o600 }))
      renameSync(beside, target)
    },
  )
}

function pipe(
  rows: AsyncIterable<Json>,
  output: Writable,
  options: { readonly end?: boolean } = {},
): Promise<void> {
  return pipeline(Readable.from(lines(rows)), output, options)
}

async function* lines(rows: AsyncIterable<Json>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}
