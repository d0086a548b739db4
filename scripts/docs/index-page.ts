import type { OptionSet } from '../../src/core/option.ts'
import { checkOptions } from '../compile/options.ts'
import type { Kind, Plugin } from '../compile/plugins.ts'
import { between, code, table } from './markdown.ts'
import { folderOf } from './pages.ts'

/**
 * `docs/policies.md` or `docs/handlers.md` with all of a kind at a glance; undefined without a place for it.
 * What else stands on the page is written by hand.
 */
export function indexPage(
  page: string,
  kind: Kind,
  plugins: readonly Plugin[],
): string | undefined {
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
  return between(page, 'parts', `${GENERATED}\n\n${table(head, rows)}\n\n${WORDS[kind]}`)
}

export const GENERATED = '<!-- Generated from the code by `npm run docs`. Do not edit. -->'

const HANDLER = ['Handler', 'What it does', 'Status', 'Needs']

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
