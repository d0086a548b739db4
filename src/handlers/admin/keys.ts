import type { KeyQuery } from '#gateway'
import {
  actorOf,
  type AdminContext,
  bodyOf,
  entity,
  existing,
  expect,
  expectedVersion,
  json,
  noContent,
  pageOf,
  Refused,
} from './answers.ts'
import type { AdminApp } from './app.ts'
import { fromJson } from './json.ts'

export function addKeyRoutes(app: AdminApp): void {
  app.get('/keys', async (c) => json(await c.env.registry.listKeys(keyQuery(c))))

  app.get('/consumers/:id/keys', async (c) => {
    const consumer = existing(await c.env.registry.consumer(c.req.param('id')), 'consumer').id
    return json(await c.env.registry.listKeys({ ...keyQuery(c), consumer }))
  })

  /** The only answers that hold a key are this one and the next. */
  app.post('/consumers/:id/keys', async (c) => {
    const { mode = 'live', ...input } = await keyInput(c)
    if (mode !== 'live' && mode !== 'test') {
      throw new Refused('invalid', '"mode" of the key must be one of live, test.')
    }
    const { text, minted } = await c.env.keys.mint(mode)
    const id = c.req.param('id')
    const made = expect(await c.env.registry.createKey(id, input, minted, actorOf(c)))
    return entity(made, { status: 201, more: { key: text } })
  })

  app.post('/keys/:id/roll', async (c) => {
    const id = c.req.param('id')
    const roll = { ...rollInput(await objectOf(c)), version: expectedVersion(c) }
    const old = existing(await c.env.registry.key(id), 'key')
    const { text, minted } = await c.env.keys.mint(old.mode)
    const made = expect(await c.env.registry.rollKey(id, roll, minted, actorOf(c)))
    return entity(made, { status: 201, more: { key: text } })
  })

  app.get('/keys/:id', async (c) =>
    entity(existing(await c.env.registry.key(c.req.param('id')), 'key')),
  )

  app.patch('/keys/:id', async (c) => update(c, c.req.param('id'), await keyInput(c)))

  app.post('/keys/:id/revoke', (c) => update(c, c.req.param('id'), { status: 'revoked' }))

  app.delete('/keys/:id', async (c) => {
    const id = c.req.param('id')
    expect(await c.env.registry.deleteKey(id, expectedVersion(c), actorOf(c)))
    return noContent()
  })
}

async function update(c: AdminContext, id: string, set: unknown): Promise<Response> {
  const change = { set, version: expectedVersion(c) }
  return entity(expect(await c.env.registry.updateKey(id, change, actorOf(c))))
}

async function keyInput(c: AdminContext): Promise<Record<string, unknown>> {
  const input = await objectOf(c)
  try {
    return fromJson(input) as Record<string, unknown>
  } catch (error) {
    throw new Refused('invalid', (error as Error).message)
  }
}

async function objectOf(c: AdminContext): Promise<Record<string, unknown>> {
  const body = await bodyOf(c)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refused('invalid', 'The body must be a JSON object.')
  }
  return body as Record<string, unknown>
}

/** `{ "graceSeconds": 3600, "all": false }`; without a grace period the old key ends at once. */
function rollInput(body: Record<string, unknown>): { graceMs: number; all: boolean } {
  const { graceSeconds = 0, all = false, ...others } = body
  const isTime =
    typeof graceSeconds === 'number' && graceSeconds >= 0 && graceSeconds <= YEAR_SECONDS
  if (!isTime || typeof all !== 'boolean' || Object.keys(others).length > 0) {
    throw new Refused(
      'invalid',
      'Roll with "graceSeconds", from 0 to 31536000, and "all", true or false; nothing else.',
    )
  }
  return { graceMs: graceSeconds * 1000, all }
}

const YEAR_SECONDS = 365 * 24 * 60 * 60
const STATUSES = ['active', 'disabled', 'revoked'] as const

function keyQuery(c: AdminContext): KeyQuery {
  const { consumer, status } = c.req.query()
  const known = STATUSES.find((one) => one === status)
  if (status !== undefined && known === undefined) {
    throw new Refused('invalid', `"status" must be one of ${STATUSES.join(', ')}.`)
  }
  return {
    ...pageOf(c),
    ...(consumer !== undefined && { consumer }),
    ...(known !== undefined && { status: known }),
  }
}
