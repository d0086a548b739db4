import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AdminClient, AdminError } from './client.ts'
import { notedAccess } from '../local/admin-note.ts'

/** The consumer that tries things out. */
export const DEMO = 'demo'

/** Makes the demo consumer, unless it is there. */
export async function ensureDemo(client: AdminClient): Promise<void> {
  try {
    await client.request('POST', '/consumers', { id: DEMO })
  } catch (error) {
    if (!(error instanceof AdminError) || error.code !== 'already-exists') throw error
  }
}

/**
 * A key of the demo consumer for a gateway on this machine: made once for a state folder and kept there, for
 * its owner only. Undefined when the gateway has no admin route.
 */
export async function demoKey(state: string): Promise<string | undefined> {
  const access = notedAccess(state)
  if (access === undefined) return undefined
  const file = join(state, 'demo-key')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const client = new AdminClient(access)
  await ensureDemo(client)
  const input = { name: 'made by npm start', mode: 'test' }
  const { key } = await client.request('POST', `/consumers/${DEMO}/keys`, input)
  writeFileSync(file, `${String(key)}\n`, { mode: 0o600 })
  return String(key)
}
