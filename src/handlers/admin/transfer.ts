import { hashKey, parseApiKey, readHash } from '../../lib/api-key.ts'
import { readJson } from '../../openapi/bodies/json.ts'
import {
  actorOf,
  type AdminContext,
  existing,
  expect,
  json,
  noContent,
  pageOf,
  Refused,
  textOf,
} from './answers.ts'
import type { AdminApp } from './app.ts'
import { fromJson } from './json.ts'

/** Import, export, audit trail and figures. */
export function addTransferRoutes(app: AdminApp): void {
  app.post('/imports', async (c) => json(await c.env.registry.startImport(actorOf(c)), 201))

  app.get('/imports/:id', async (c) =>
    json(existing(await c.env.registry.importJob(c.req.param('id')), 'import')),
  )

  app.post('/imports/:id/rows', async (c) => {
    const first = Number(c.req.query('first') ?? Number.NaN)
    if (!Number.isSafeInteger(first) || first < 0) {
      throw new Refused('invalid', '"first" must be the number of the first row sent, from 0.')
    }
    const rows = await rowsOf(c)
    return json(expect(await c.env.registry.importRows(c.req.param('id'), first, rows)))
  })

  app.get('/export', async (c) => json(await c.env.registry.exportRows(pageOf(c))))

  app.get('/audit', async (c) => {
    const target = c.req.query('target')
    const query = { ...pageOf(c), ...(target !== undefined && { target }) }
    return json(await c.env.registry.audit(query))
  })

  app.get('/figures', async (c) => json(await c.env.registry.figures()))

  app.post('/republish', async (c) => {
    await c.env.registry.republish(actorOf(c))
    return noContent()
  })
}

/** One JSON object on each line. A line that is none becomes a row that the registry refuses. */
async function rowsOf({ env }: AdminContext): Promise<unknown[]> {
  const text = textOf(await env.exchange.body())
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length > ROWS_MAX)
    throw new Refused('invalid', `Send at most ${ROWS_MAX} rows at a time.`)
  const { keyPrefix } = env.exchange.settings
  return Promise.all(lines.map((line) => rowOf(line, keyPrefix)))
}

const ROWS_MAX = 1000

async function rowOf(line: string, keyPrefix: string): Promise<unknown> {
  const read = readJson(line)
  if ('keyword' in read) return undefined
  try {
    const row = fromJson(read.value) as { keys?: unknown } | null
    if (row === null || !Array.isArray(row.keys)) return row
    return { ...row, keys: await Promise.all(row.keys.map((key) => withHash(key, keyPrefix))) }
  } catch {
    return undefined
  }
}

/** Puts the hash in the place of the key itself, which goes no further than this. */
async function withHash(given: unknown, keyPrefix: string): Promise<unknown> {
  if (typeof given !== 'object' || given === null) return given
  const { key, hash, ...members } = given as { key?: unknown; hash?: unknown }
  if (typeof key === 'string') {
    const ours = parseApiKey(key, keyPrefix)
    const seen = ours
      ? { mode: ours.mode, start: ours.start, lastFour: ours.lastFour }
      : { lastFour: key.slice(-4) }
    return { ...seen, ...members, hash: await hashKey(key) }
  }
  return { ...members, hash: typeof hash === 'string' ? readHash(hash) : undefined }
}
