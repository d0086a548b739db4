import { env, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, expect, test } from 'vitest'
import type { Keys } from '../../src/core/keys.ts'
import type { KeyText } from '../../src/lib/api-key.ts'
import type { KeysBindings } from '../../src/stores/keys/platform.ts'
import { keysIsolate } from './keys-isolate.ts'

const bindings = env as unknown as KeysBindings
const CONSUMERS = 100_000

afterEach(reset)

/** Prints what docs/api-keys.md states. The clock is real: it moves because the work does I/O. */
test(
  '100,000 consumers with a key each: the first and the last key work',
  { timeout: 900_000 },
  async () => {
    const keys = keysIsolate(bindings)
    const registry = keys.registry()
    const job = await registry.startImport('me')
    const texts: string[] = []
    let importMs = 0
    for (let start = 0; start < CONSUMERS; start += 1000) {
      const rows: unknown[] = []
      for (let i = start; i < start + 1000; i++) {
        const { text, minted } = await keys.mint('live')
        if (i === 0 || i === CONSUMERS - 1) texts.push(text)
        const consumer = { id: `consumer-${i}`, tags: ['imported'], metadata: { plan: 'gold' } }
        rows.push({ consumer, keys: [minted] })
      }
      const startedMs = Date.now()
      const taken = await registry.importRows(job.id, start, rows)
      importMs += Date.now() - startedMs
      expect(taken.ok).toBe(true)
    }
    for (const text of texts) expect(await state(keysIsolate(bindings), text)).toBe('found')
    const startedMs = Date.now()
    for (let i = 0; i < 1000 && (await registry.figures()).pending > 0; i++) {
      await runDurableObjectAlarm(
        bindings.REGISTRY.getByName('registry') as unknown as DurableObjectStub,
      )
    }
    const kvMs = Date.now() - startedMs
    const figures = await registry.figures()
    expect(figures).toMatchObject({ consumers: CONSUMERS, keys: CONSUMERS, pending: 0 })
    const cold = keysIsolate(bindings)
    const coldMs = Date.now()
    for (const text of texts) expect(await state(cold, text)).toBe('found')
    console.log(
      JSON.stringify({
        importMs,
        kvMs,
        coldLookUpMs: (Date.now() - coldMs) / 2,
        databaseBytes: figures.databaseBytes,
        bytesPerConsumerAndKey: Math.round(figures.databaseBytes / CONSUMERS),
      }),
    )
  },
)

async function state(keys: Keys, text: string): Promise<string> {
  const answer = await keys.find(text as KeyText, {
    client: { ip: '203.0.113.9' },
    request: {},
    waitUntil() {},
  })
  return answer.state
}
