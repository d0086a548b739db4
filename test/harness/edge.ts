import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleKvService } from '../../scripts/local/bundle.ts'
import { capnp } from '../../scripts/local/capnp.ts'
import { startWorkerd, type Workerd } from '../../scripts/local/workerd.ts'
import type { Binding } from './cloudflare-api.ts'
import type { Form } from './cloudflare.ts'

/** A bundle with what it is bound to. */
export interface Uploaded {
  readonly form: Form
  readonly bindings: Readonly<Record<string, Binding>>
}

export interface Edge {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Runs what was uploaded, in workerd, with the variables and secrets that were uploaded with it.
 *
 * @param uploaded the version that runs when the first request comes
 */
export async function startEdge(uploaded: () => Uploaded | undefined): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-edge-'))
  mkdirSync(join(folder, 'data'))
  await bundleKvService(join(folder, 'kv.js'))
  let running: { readonly one: Uploaded; readonly workerd: Workerd } | undefined
  const runs = async (one: Uploaded): Promise<Workerd> => {
    if (running?.one.form === one.form) return running.workerd
    await running?.workerd.stop(0)
    writeFileSync(join(folder, 'worker.js'), one.form.modules['worker.js']!.text)
    const address = '127.0.0.1:0'
    const variables = { ...textsOf(one), CARDEA_PLATFORM: 'workerd' }
    const files = { bundle: 'worker.js', kvBundle: 'kv.js', state: join(folder, 'data') }
    writeFileSync(join(folder, 'edge.capnp'), capnp({ address, variables, ...files }))
    const workerd = await startWorkerd(join(folder, 'edge.capnp'))
    running = { one, workerd }
    return workerd
  }
  const server = createServer((request, response) => {
    const one = uploaded()
    if (one === undefined) return void response.writeHead(404).end()
    const pass = async () => {
      const { port } = await runs(one)
      const headers = Object.entries(request.headers)
        .filter(([name]) => !['host', 'connection'].includes(name))
        .map(([name, value]): [string, string] => [name, String(value)])
      const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, { headers })
      response.writeHead(answer.status).end(await answer.text())
    }
    pass().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      await running?.workerd.stop(0)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Plain and secret texts. */
const textsOf = ({ bindings }: Uploaded): Record<string, string> =>
  Object.fromEntries(
    Object.entries(bindings)
      .filter(([, { text }]) => text !== undefined)
      .map(([name, { text }]) => [name, text!]),
  )
