import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { startWorkerd } from '../../scripts/local/workerd.ts'

/** A bare workerd with one Worker in it, for code that has to prove itself where it will run. */
export interface Isolate {
  readonly url: string
  /** When the process was started, on the clock of `performance.now`. */
  readonly startedAt: number
  stop(): Promise<void>
}

/**
 * Bundles modules and serves them.
 * @param files name → text of modules; `main.mjs` is the Worker. They may import by absolute path.
 */
export async function startIsolate(
  files: Readonly<Record<string, string>>,
  options: { readonly minify?: boolean; readonly alias?: Record<string, string> } = {},
): Promise<Isolate> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-isolate-'))
  const discard = () => rmSync(folder, { recursive: true, force: true })
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const output = join(folder, 'bundle.js')
    await build({
      entryPoints: [join(folder, 'main.mjs')],
      outfile: output,
      bundle: true,
      format: 'esm',
      minify: options.minify ?? false,
      alias: options.alias ?? {},
      logLevel: 'error',
    })
    const config = join(folder, 'config.capnp')
    writeFileSync(config, CONFIG)
    const startedAt = performance.now()
    const workerd = await startWorkerd(config)
    return {
      url: `http://127.0.0.1:${workerd.port}`,
      startedAt,
      async stop() {
        await workerd.stop(500)
        discard()
      },
    }
  } catch (error) {
    discard()
    throw error
  }
}

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "main.js", esModule = embed "bundle.js")],
  compatibilityDate = "2026-08-15",
);
`
