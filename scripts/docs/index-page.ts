import type { OptionSet } from '../../src/core/option.ts'
import { checkOptions } from '../compile/options.ts'
import type { Kind, Plugin } from '../compile/plugins.ts'
import { code, table } from './markdown.ts'
import { folderOf } from './pages.ts'

/** `docs/policies.md` or `docs/handlers.md`: all of a kind at a glance. */
export function indexPage(kind: Kind, plugins: readonly Plugin[]): string {
  const { title, intro } = PAGES[kind]
  const head =
    kind === 'policy' ? ['Policy', 'What it does', 'Status', 'Needs', 'Provides'] : HANDLER
  const rows = plugins.map((plugin) => {
    const { summary, status = 'experimental' } = plugin.definition
    const link = `[${code(plugin.name)}](../${folderOf(plugin)}/README.md)`
    const needs = wordsOf(plugin, 'needs')
    return kind === 'policy'
      ? [link, summary, status, needs, wordsOf(plugin, 'provides')]
      : [link, summary, status, needs]
  })
  return `# ${title}\n\n${GENERATED}\n\n${intro}\n\n${table(head, rows)}\n\n${WORDS[kind]}\n`
}

export const GENERATED = '<!-- Generated from the code by `npm run docs`. Do not edit. -->'

const HANDLER = ['Handler', 'What it does', 'Status', 'Needs']

const PAGES: Record<Kind, { readonly title: string; readonly intro: string }> = {
  policy: {
    title: 'Policies',
    intro:
      'A policy looks at a request before the handler and at the answer after it. Name it in `config/policies.json`, put the name into `x-policies`. `npx cardea new policy NAME` makes one of your own.',
  },
  handler: {
    title: 'Handlers',
    intro:
      'A handler answers a request that every policy has let pass. Without `x-handler` a route has `proxy`. `npx cardea new handler NAME` makes one of your own.',
  },
}

const needs = [
  '- `principal`: an authenticating policy stands earlier in the list',
  '- `body`: the request’s body is read, at most `requestBodyBytesMax`',
  '- `response-end`: it is told when the answer’s body has ended',
  '- other words are stores, which compile adds where a part needs them',
].join('\n')

const WORDS: Record<Kind, string> = {
  policy: `What the words under *Needs* mean:\n\n${needs}\n\nand those under *Provides*:\n\n${[
    '- `principal`: after it, it is known who is calling',
    '- `optional-principal`: the same where the caller has credentials; others pass',
    '- `preflight`: it answers CORS preflights, and runs on them',
  ].join('\n')}`,
  handler: `What the words under *Needs* mean:\n\n${needs}`,
}

/** Where they depend on the options: what they are by default. */
function wordsOf({ definition }: Plugin, key: 'needs' | 'provides'): string {
  const value = (definition as { readonly [key in typeof key]?: unknown })[key]
  if (typeof value !== 'function') return list(value)
  const { options } = checkOptions(definition.options as OptionSet, {})
  try {
    return [list(value(options)), 'by its options'].filter(Boolean).join('; ')
  } catch {
    return 'by its options'
  }
}

const list = (words: unknown): string =>
  Array.isArray(words) ? words.map((word) => code(String(word))).join(', ') : ''
