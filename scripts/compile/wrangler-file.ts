import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { repository } from './plugins.ts'

/** The `wrangler.toml` of a config folder: its own, one beside it, or the repository's, which may be missing. */
export const wranglerFile = (config: string): string =>
  beside(config, 'wrangler.toml') ?? join(repository, 'wrangler.toml')

/** The first of the same folders that has a file of this name. */
export function beside(config: string, name: string): string | undefined {
  const folders = [config, resolve(config, '..'), repository]
  return folders.map((one) => join(one, name)).find(existsSync)
}
