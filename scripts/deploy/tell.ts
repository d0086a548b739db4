import type { Compiled } from '../compile/compile.ts'
import { describe, describeCommit } from './describe.ts'
import { difference, differenceMarkdown, differenceText, isSame } from './diff.ts'
import { type Commit, head, ownFilesChanged } from './git.ts'

/** What differs between a commit and what is compiled here, for the terminal and for a pull request. */
export interface Told {
  readonly text: string
  readonly markdown: string
}

export async function tellChanges(since: Commit, compiled: Compiled): Promise<Told> {
  const short = since.hash.slice(0, 12)
  const before = await describeCommit(since)
  if (before === undefined) {
    const text = `What changed since ${short} is not known: its config does not compile with this version of Cardea.`
    return { text, markdown: `${text}\n` }
  }
  const changes = difference(before, describe(compiled))
  const here = head()
  const files = here && ownFilesChanged(since, here)
  const own = files ? `Cardea itself: ${files} file${files === 1 ? '' : 's'} changed` : ''
  const title = `Since ${short} “${since.subject}”`
  const body = isSame(changes) ? 'no route and no policy changes' : differenceText(changes)
  return {
    text: [`${title}${isSame(changes) ? `: ${body}` : `:\n${body}`}`, own]
      .filter(Boolean)
      .join('\n'),
    markdown: [differenceMarkdown(changes), own && `${own}.\n`].filter(Boolean).join('\n'),
  }
}
