import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { UserError } from '../local/user-error.ts'
import type { AdminClient, Json } from './client.ts'
import { progress } from './output.ts'

/**
 * Sends a file of rows, a batch at a time. The job counts the rows it has taken, so an import that was cut off
 * goes on where it stood.
 *
 * @param file path, or `-` for the standard input
 * @param resume id of a job that was cut off
 */
export async function importFile(
  client: AdminClient,
  file: string,
  resume: string | undefined,
): Promise<Json> {
  let job =
    resume === undefined
      ? await client.request('POST', '/imports')
      : await client.get(`/imports/${encodeURIComponent(resume)}`)
  const id = String(job['id'])
  const taken = Number(job['rows'])
  let number = 0
  try {
    for await (const batch of batches(lines(file))) {
      const first = number
      number += batch.length
      if (number <= taken) continue
      job = await client.request('POST', `/imports/${id}/rows?first=${first}`, batch.join('\n'))
      progress(`${Number(job['rows']).toLocaleString('en')} rows`)
    }
  } catch (error) {
    const why = error instanceof UserError ? error.message : String(error)
    throw new UserError(
      `${why}\n${String(job['rows'])} rows were taken before that; nothing of them is lost.\nGo on with --resume ${id}.`,
      { cause: error },
    )
  }
  progress(`${Number(job['rows']).toLocaleString('en')} rows`, true)
  return job
}

/** Below the 1 MiB that a gateway reads of a body, and the 1,000 rows that an import takes at once. */
const BATCH_BYTES_MAX = 900_000
const BATCH_ROWS_MAX = 1000

async function* batches(rows: AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = []
  let bytes = 0
  for await (const row of rows) {
    const size = Buffer.byteLength(row) + 1
    if (size > BATCH_BYTES_MAX) throw new UserError('A row is longer than 900,000 bytes.')
    if (batch.length === BATCH_ROWS_MAX || bytes + size > BATCH_BYTES_MAX) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

async function* lines(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const failed = new Promise<never>((_, reject) =>
    input.once('error', () =>
      reject(
        new UserError(
          `${file} cannot be read.\nAn import reads one JSON object per line.\nCheck the path.`,
        ),
      ),
    ),
  )
  failed.catch(() => {})
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const iterator = reader[Symbol.asyncIterator]()
  while (true) {
    const { done, value } = await Promise.race([iterator.next(), failed])
    if (done === true) return
    if (value.trim() !== '') yield value
  }
}
