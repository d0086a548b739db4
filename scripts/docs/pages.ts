import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OptionSet } from '../../src/core/option.ts'
import { type Kind, type Plugin, Plugins, repository } from '../compile/plugins.ts'
import type { Benchmark } from './benchmark.ts'
import { withBenchmark } from './benchmark-page.ts'
import { benchmarkPicture } from './benchmark-picture.ts'
import { indexPage } from './index-page.ts'
import { withOptions } from './options-table.ts'
import { problemsPage } from './problems-page.ts'

export interface Generated {
  /** Path in the repository → text, of every generated page and every page with a generated part. */
  readonly pages: ReadonlyMap<string, string>
  /** What is missing, a line each. */
  readonly faults: readonly string[]
}

export async function generatedPages(): Promise<Generated> {
  const faults: string[] = []
  const parts = { policy: await builtIn('policy'), handler: await builtIn('handler') }
  const all = [...parts.policy, ...parts.handler]
  const pages = new Map([
    ['docs/problems.md', problemsPage(all.map(sourceOf), textOf('src/core', 'problem.ts'))],
  ])
  const fill = (file: string, what: string, filled: (page: string) => string | undefined) => {
    const path = join(repository, file)
    const text = existsSync(path) ? filled(readFileSync(path, 'utf8')) : undefined
    if (text !== undefined) pages.set(file, text)
    else faults.push(`${file} has no place for its ${what}.`)
  }
  fill('docs/policies.md', 'parts', (page) => indexPage(page, 'policy', parts.policy))
  fill('docs/handlers.md', 'parts', (page) => indexPage(page, 'handler', parts.handler))
  for (const plugin of all) {
    const options = plugin.definition.options as OptionSet
    fill(`${folderOf(plugin)}/README.md`, 'options', (page) => withOptions(page, options))
  }
  const measured = JSON.parse(textOfFile('docs/benchmark.json')) as Benchmark
  fill('docs/performance.md', 'figures', (page) => withBenchmark(page, measured))
  pages.set('docs/benchmark.svg', benchmarkPicture(measured))
  return { pages, faults }
}

const textOfFile = (file: string): string => readFileSync(join(repository, file), 'utf8')

/** Not the user's own: a folder without any stands in for the config. */
async function builtIn(kind: Kind): Promise<readonly Plugin[]> {
  const plugins = new Plugins(join(repository, 'scripts/docs'))
  const loaded: Plugin[] = []
  for (const name of plugins.names(kind)) {
    const plugin = await plugins.load(kind, name)
    if (plugin) loaded.push(plugin)
  }
  return loaded
}

/** The texts of a part's own files, where the codes of its problems stand. */
export interface PartSource {
  readonly plugin: Plugin
  readonly text: string
}

const sourceOf = (plugin: Plugin): PartSource => ({ plugin, text: textOf(folderOf(plugin)) })

function textOf(folder: string, without?: string): string {
  const path = join(repository, folder)
  return readdirSync(path)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== without)
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('\n')
}

export const folderOf = ({ kind, name }: Pick<Plugin, 'kind' | 'name'>): string =>
  `src/${kind === 'policy' ? 'policies' : 'handlers'}/${name}`
