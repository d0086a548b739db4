/**
 * For GitLab CI: puts the comment of `cardea preview up --comment FILE` on the merge request, in the place of the one
 * of the push before. GitHub's workflow does the same with `gh`.
 *
 *     node scripts/deploy/gitlab-note.ts comment.md
 */
import { existsSync, readFileSync } from 'node:fs'
import { systemErrorText } from '../local/system-error.ts'
import { UserError } from '../local/user-error.ts'

async function comment(file: string): Promise<void> {
  const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, COMMENT_TOKEN } = process.env
  if (!COMMENT_TOKEN) return console.log('No comment, COMMENT_TOKEN is not set.')
  if (!existsSync(file)) return console.log(`No comment, there is no ${file}.`)
  if (!CI_API_V4_URL || !CI_PROJECT_ID || !CI_MERGE_REQUEST_IID) {
    throw new UserError(
      'This is no pipeline of a merge request: CI_API_V4_URL, CI_PROJECT_ID or CI_MERGE_REQUEST_IID is not set.\nThe comment belongs to one.\nRun it in a job with the rule: $CI_PIPELINE_SOURCE == "merge_request_event".',
    )
  }
  const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${CI_MERGE_REQUEST_IID}/notes`
  const call = (method: string, url: string, body?: object) => ask(method, url, COMMENT_TOKEN, body)
  const { username } = (await call('GET', `${CI_API_V4_URL}/user`)).value as { username: string }
  const earlier = await find(notes, username, call)
  const body = { body: readFileSync(file, 'utf8') }
  await (earlier === undefined
    ? call('POST', notes, body)
    : call('PUT', `${notes}/${earlier}`, body))
  console.log(earlier === undefined ? 'Commented.' : 'Renewed the comment.')
}

type Call = (method: string, url: string, body?: object) => Promise<Answered>

interface Answered {
  readonly value: unknown
  /** Empty on the last one. */
  readonly nextPage: string
}

/** The id of our own comment; somebody else may have quoted its first line. */
async function find(notes: string, username: string, call: Call): Promise<number | undefined> {
  for (let page = '1'; page !== '';) {
    const { value, nextPage } = await call('GET', `${notes}?per_page=100&page=${page}`)
    const found = (value as readonly Note[]).find(
      ({ body, author }) => author.username === username && body.startsWith(MARK),
    )
    if (found) return found.id
    page = nextPage
  }
  return undefined
}

/** The first line of every comment of `cardea preview up`. */
const MARK = '<!-- cardea-preview -->'

interface Note {
  readonly id: number
  readonly body: string
  readonly author: { readonly username: string }
}

const TIMEOUT_MS = 30_000

/** @throws UserError when GitLab refuses or cannot be reached */
async function ask(method: string, url: string, token: string, body?: object): Promise<Answered> {
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers: { 'private-token': token, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const value: unknown = await response.json().catch(() => undefined)
    if (response.ok) return { value, nextPage: response.headers.get('x-next-page') ?? '' }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    throw new UserError(
      `GitLab cannot be reached at ${url}: ${cause?.code ?? message}.\nThe preview is there; only the comment is missing.\nRun the job again.`,
    )
  }
  throw new UserError(
    `GitLab answered ${response.status} to ${method} ${url}.\nThe preview is there; only the comment is missing.\nCOMMENT_TOKEN has to be a project access token with the scope 'api' and the role Reporter or higher.`,
  )
}

const [file = 'comment.md'] = process.argv.slice(2)
try {
  await comment(file)
} catch (error) {
  const text = error instanceof UserError ? error.message : systemErrorText(error)
  if (text === undefined) throw error
  console.error(text)
  process.exitCode = 1
}
