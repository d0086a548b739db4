import { document, type Running, startGateway } from '../harness/gateway.ts'
import { startWire, type Wire } from '../harness/wire.ts'
import { failing } from './upstreams.ts'

/** A gateway whose upstream fails in every way. */
export async function startFaulty(
  bytes?: number,
): Promise<{ readonly gateway: Running; readonly upstream: Wire; stop(): Promise<void> }> {
  const upstream = await startWire(failing(bytes))
  const proxied = { 'x-handler': { handler: 'proxy', options: { timeout: '200ms' } } }
  const gateway = await startGateway({
    'policies.json': {
      log: { policy: 'access-log' },
      limit: {
        policy: 'rate-limit',
        options: { limit: 1_000_000_000, window: '1h', mode: 'lease' },
      },
      small: { policy: 'body-limit', options: { limit: '1 MiB' } },
    },
    'routes.oas.json': document(
      { 'GET /up/{what}': proxied, 'POST /up/{what}': proxied },
      { servers: [{ url: upstream.url }], 'x-policies': ['log', 'limit', 'small'] },
    ),
  })
  const stop = async () => {
    await gateway.stop()
    await upstream.stop()
  }
  return { gateway, upstream, stop }
}
