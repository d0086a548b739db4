// Plain proxy: the five fields are set, those that a client may not say are gone.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, port, upstream] = process.argv.slice(2)
const require = createRequire(join(folder, 'package.json'))
const fastify = require('fastify')
const proxy = require('@fastify/http-proxy')

const removed = [
  'connection',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'proxy',
  'proxy-authorization',
  'te',
]

const app = fastify({ logger: false })
await app.register(proxy, {
  upstream: `http://${upstream}`,
  prefix: '/orders',
  rewritePrefix: '/orders',
  disableRequestLogging: true,
  undici: { connections: 128, pipelining: 1, headersTimeout: 30_000 },
  replyOptions: {
    rewriteRequestHeaders({ ip }, headers) {
      const fields = { ...headers }
      for (const name of removed) delete fields[name]
      const { host } = headers
      return {
        ...fields,
        'x-request-id': randomUUID(),
        'x-forwarded-for': ip,
        'x-forwarded-host': host,
        'x-forwarded-proto': 'http',
        forwarded: `for=${ip};host="${host}";proto=http`,
      }
    },
  },
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
