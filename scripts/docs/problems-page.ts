import { type ProblemCode, problems } from '../../src/core/problem.ts'
import type { Plugin } from '../compile/plugins.ts'
import { GENERATED } from './index-page.ts'
import { code, table } from './markdown.ts'
import { folderOf, type PartSource } from './pages.ts'

/**
 * `docs/problems.md`. Each code is a heading of its own, so that `…/problems.md#` works as a `problemBase`: a code is
 * never changed, and neither is its anchor.
 *
 * @param core the texts of the gateway itself
 */
export function problemsPage(parts: readonly PartSource[], core: string): string {
  const listed = Object.entries(problems) as [ProblemCode, Kind][]
  const all = listed.toSorted(([, a], [, b]) => a.status - b.status)
  const overview = table(
    ['Status', 'Code', 'Title'],
    all.map(([name, { status, title }]) => [String(status), `[${code(name)}](#${name})`, title]),
  )
  const sections = all.map(([name, { status, title, type }]) => {
    const makers = [
      ...(core.includes(`'${name}'`) ? ['the gateway itself'] : []),
      ...parts.filter(({ text }) => text.includes(`'${name}'`)).map(({ plugin }) => linkTo(plugin)),
    ]
    const from = makers.length === 0 ? '' : `\n- from: ${makers.join(', ')}`
    return `## ${name}\n\n${status}: ${title}\n\n- \`type\`: ${type ?? UNREGISTERED}${from}`
  })
  return `# Problems\n\n${GENERATED}\n\n${INTRO}\n\n${overview}\n\n${sections.join('\n\n')}\n`
}

interface Kind {
  readonly status: number
  readonly title: string
  readonly type?: string
}

const INTRO = [
  'When the gateway itself refuses a request it answers with `application/problem+json`',
  '([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): `type`, `title`, `status`, `code`, `requestId`, often `detail`, and',
  '`policy`, the configured name of the policy that refused, unless `discloseNames` is false. Programs go by `code`: it is',
  'never changed once released. Set `problemBase` in `config/gateway.json` to this page’s address with a `#` at its end, or to',
  'one of your own, and `type` leads here.',
].join('\n')

const UNREGISTERED = '`problemBase` and the code, or `about:blank` without a `problemBase`'

const linkTo = (plugin: Plugin): string =>
  `[${code(plugin.name)}](../${folderOf(plugin)}/README.md)`
