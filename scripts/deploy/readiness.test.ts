import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { question, requireReady } from './readiness.ts'

let server: Server
let url: string
let answers: unknown[]
let printed: string[]
beforeEach(async () => {
  answers = []
  printed = []
  vi.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)))
  server = createServer((_, response) => response.end(JSON.stringify(answers.shift() ?? {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  vi.restoreAllMocks()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
})

const ready = (more: { readonly url?: string | undefined; readonly waitSeconds?: number } = {}) =>
  requireReady({ url, waitSeconds: 30, mend: 'Mend.', address: 'Name.', ...more }, question())

it('waits until the new version answers in place of the one before', async () => {
  answers = [{ old: true }, { faults: [] }]
  await ready()
  expect(printed).toEqual(['Every part starts with the variables and secrets that are set.'])
})

it('fails with the part that does not start', async () => {
  answers = [{ faults: [{ part: 'guard', reason: 'too short' }] }]
  await expect(ready()).rejects.toThrow(
    'Uploaded, but one part does not start:\n  guard: too short\nRoutes with them answer 503 to every request; nobody gets past them.\nMend.',
  )
})

it('fails when nothing is heard in time, because nobody knows then whether it works', async () => {
  await expect(ready({ waitSeconds: 0.05 })).rejects.toThrow(
    `Uploaded, but not heard: ${url} did not answer as this version within 0.05 s.\nWhether every part starts with the secrets that are set is not known.\nA new domain takes minutes: run the command again,`,
  )
  await expect(ready({ url: undefined })).rejects.toThrow(
    'Uploaded, but not heard: it has no URL that is a host.\nWhether every part starts with the secrets that are set is not known.\nName. --wait 0 does not ask.',
  )
})

it('does not ask when it may not wait', async () => {
  await ready({ waitSeconds: 0 })
  expect(printed).toEqual(['Not asked whether its parts start: --wait 0.'])
})
