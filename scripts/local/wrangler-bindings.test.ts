import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { format, Messages } from '../compile/messages.ts'
import { type LocalBindings, localBindings } from './wrangler-bindings.ts'

function read(toml: string): LocalBindings & { readonly said: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-bindings-'))
  try {
    writeFileSync(join(folder, 'wrangler.toml'), toml)
    const messages = new Messages()
    const bindings = localBindings(folder, messages)
    const said = messages.all.map((one) => format(one).replace(`${folder}/`, ''))
    return { ...bindings, said }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('takes rate limits in both forms, and KV namespaces besides the gateway’s own', () => {
  const toml = `
[[kv_namespaces]]
binding = "KEYS"
[[kv_namespaces]]
binding = "SHELF"
[[durable_objects.bindings]]
name = "COUNTERS"
class_name = "Counters"
[[ratelimits]]
name = "NEW"
namespace_id = "1"
simple = { limit = 5, period = 10 }
[[unsafe.bindings]]
name = "OLD"
type = "ratelimit"
namespace_id = 2
simple = { limit = 6, period = 60 }
`
  expect(read(toml)).toEqual({
    rateLimits: [
      { name: 'NEW', namespace: '1', limit: 5, period: 10 },
      { name: 'OLD', namespace: '2', limit: 6, period: 60 },
    ],
    kvNamespaces: ['SHELF'],
    said: [],
  })
})

it.each([
  ['simple = { limit = 5, period = 60 }', 'namespace_id'],
  ['namespace_id = "1"', 'limit'],
  ['namespace_id = "1"\nsimple = { limit = 0, period = 60 }', 'limit'],
  ['namespace_id = "1"\nsimple = { limit = 1.5, period = 60 }', 'limit'],
  ['namespace_id = "1"\nsimple = { limit = 5, period = 30 }', 'period'],
])('a rate limit with %o is an error that names its %s', (rest, what) => {
  const { rateLimits, said } = read(`[[ratelimits]]\nname = "R"\n${rest}`)
  expect([rateLimits, said]).toEqual([
    [],
    [
      `wrangler.toml:2:1 #/ratelimits/0
  error invalid-rate-limit: The rate limit 'R' has no usable ${what}.
  A rate limiting binding counts a whole number of requests in 10 or 60 seconds.
  Write: namespace_id = "1001", simple = { limit = 100, period = 60 }.`,
    ],
  ])
})

it('says of every other kind that it is not there', () => {
  const toml = `
[ai]
binding = "AI"
[[r2_buckets]]
binding = "R2"
bucket_name = "b"
[[services]]
binding = "OTHER"
service = "other"
[[queues.producers]]
binding = "QUEUE"
queue = "q"
[[durable_objects.bindings]]
name = "MINE"
class_name = "Mine"
[[send_email]]
name = "MAIL"
[assets]
directory = "public"
`
  expect(read(toml).said.map((one) => /There is no (.+) in dev/.exec(one)?.[1])).toEqual([
    "'AI' (ai)",
    "'R2' (r2_buckets)",
    "'OTHER' (services)",
    "'QUEUE' (queues.producers)",
    "'MINE' (durable_objects.bindings)",
    "'MAIL' (send_email)",
  ])
})
