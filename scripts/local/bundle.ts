import { join } from 'node:path'
import {
  build,
  type BuildContext,
  type BuildOptions,
  context,
  type Message as BuildMessage,
} from 'esbuild'
import { repository } from '../compile/plugins.ts'

/** The newest date that the pinned workerd knows, and the flags of `wrangler.toml`. */
export const compatibility = {
  date: '2026-09-15',
  flags: ['no_nodejs_compat', 'no_nodejs_compat_v2', 'enable_request_signal'],
} as const

/** Bundles the service that stands in for Workers KV, alone. */
export async function bundleKvService(outfile: string): Promise<void> {
  await build({ entryPoints: [join(repository, 'src/local/kv-service.ts')], outfile, ...small })
}

/** What stands in for Cloudflare's own services, by name: one file `NAME.js` each, from `src/local`. */
export const services = [
  'kv-service',
  'cache-service',
  'health-service',
  'rate-limit-binding',
] as const

/** Bundles all of them into a folder. */
export async function bundleServices(folder: string): Promise<void> {
  await build({
    entryPoints: services.map((name) => join(repository, `src/local/${name}.ts`)),
    outdir: folder,
    ...small,
  })
}

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  external: ['cloudflare:*', 'node:*'],
  conditions: ['workerd', 'worker', 'browser'],
  logLevel: 'silent',
} as const satisfies BuildOptions

const small = { ...common, minify: true } as const satisfies BuildOptions

/**
 * A bundler for the Worker, kept warm: a rebuild takes some ten milliseconds.
 *
 * @param generated folder of the compiled `gateway.ts`
 * @param outfile receives the bundle
 */
export function bundler(
  generated: string,
  outfile: string,
  { isMinified }: { readonly isMinified: boolean },
): Promise<BuildContext> {
  return context({
    entryPoints: [join(repository, 'src/worker.ts')],
    outfile,
    ...common,
    alias: {
      '#gateway': join(repository, 'src/core/index.ts'),
      '#compiled': join(generated, 'gateway.ts'),
      '#objects': join(generated, 'objects.ts'),
    },
    minify: isMinified,
    sourcemap: 'linked',
  })
}

/** What the bundler says, one line for each error, in the form that editors turn into a link. */
export function describeBuildErrors(error: unknown): string {
  const { errors } = error as { errors?: readonly BuildMessage[] }
  if (!errors) return String(error)
  const full = errors.find(({ text }) => /no space left on device/i.test(text))
  if (full) {
    return `The disk is full: ${/write (\S+):/.exec(full.text)?.[1] ?? 'the bundle'}\nThe machine refused to write the bundle (ENOSPC), so the command stopped there.\nFree some space, then run the command again.`
  }
  return errors
    .map(({ text, location }) =>
      location
        ? `${location.file}:${location.line}:${location.column + 1}\n  error: ${text}`
        : text,
    )
    .join('\n')
}
