import type { ConsumerQuery } from '#gateway'
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

export function addConsumerRoutes(app: AdminApp): void {
  app.get('/consumers', async (c) => json(await c.env.registry.listConsumers(consumerQuery(c))))

  app.post('/consumers', async (c) => {
    const made = expect(await c.env.registry.createConsumer(await bodyOf(c), actorOf(c)))
    const location = `${c.env.exchange.path}/${made.id}`
    return entity(made, { status: 201, headers: { location } })
  })

  app.get('/consumers/:id', async (c) =>
    entity(existing(await c.env.registry.consumer(c.req.param('id')), 'consumer')),
  )

  app.patch('/consumers/:id', async (c) => {
    const change = { set: await bodyOf(c), version: expectedVersion(c) }
    const id = c.req.param('id')
    return entity(expect(await c.env.registry.updateConsumer(id, change, actorOf(c))))
  })

  app.delete('/consumers/:id', async (c) => {
    const id = c.req.param('id')
    expect(await c.env.registry.deleteConsumer(id, expectedVersion(c), actorOf(c)))
    return noContent()
  })
}

function consumerQuery(c: AdminContext): ConsumerQuery {
  const { status, tag, group, metadata } = c.req.query()
  if (status !== undefined && status !== 'active' && status !== 'disabled') {
    throw new Refused('invalid', '"status" must be active or disabled.')
  }
  return {
    ...pageOf(c),
    ...(status !== undefined && { status }),
    ...(tag !== undefined && { tag }),
    ...(group !== undefined && { group }),
    ...(metadata !== undefined && { metadata: pair(metadata) }),
  }
}

/** `plan=gold` */
function pair(text: string): { name: string; value: string } {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new Refused('invalid', '"metadata" must be name=value, like metadata=plan%3Dgold.')
  }
  return { name, value }
}
