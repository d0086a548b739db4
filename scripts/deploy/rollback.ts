import { UserError } from '../local/user-error.ts'
import { access } from './access.ts'
import { ApiError } from './api.ts'
import { describeCommit } from './describe.ts'
import { difference, differenceText, isSame } from './diff.ts'
import {
  codeTag,
  history,
  type History,
  shownVersion,
  taggedCommit,
  type Version,
} from './history.ts'
import { project } from './prepare.ts'

export interface RollbackFlags {
  readonly dryRun: boolean
  readonly force: boolean
  readonly message?: string
}

/** @param wanted a version, or a commit that was deployed; without it, the code that ran before */
export async function rollback(wanted: string | undefined, flags: RollbackFlags): Promise<void> {
  const { toml, worker } = project()
  const there = await access(toml)
  const all = await history(there, worker)
  if (all.live === undefined) {
    throw new UserError(
      `There is nothing to go back to: the Worker '${worker}' is not deployed.\nA rollback needs two versions.\nRun 'npx cardea deploy'.`,
    )
  }
  const target = targetOf(wanted, all.live, all)
  console.log(`From: ${shownVersion(all.live, all)}\nTo:   ${shownVersion(target, all)}`)
  await tellDifference(all.live, target, all)
  if (flags.dryRun) return console.log('Nothing was changed: --dry-run.')
  const path = `/accounts/${there.accountId}/workers/scripts/${worker}/deployments`
  const message = flags.message ?? `cardea rollback from ${all.live.id}`
  try {
    await there.api.request('POST', path + (flags.force ? '?force=true' : ''), {
      strategy: 'percentage',
      versions: [{ version_id: target.id, percentage: 100 }],
      annotations: { 'workers/message': message },
    })
  } catch (error) {
    throw error instanceof ApiError && error.codes.includes(SECRETS_CHANGED)
      ? new UserError(
          `Secrets have changed since that version: ${error.message.split('\n', 1)[0]}\nGoing back would bring their old values back. Nothing was changed.\nPass --force if that is meant.`,
        )
      : error
  }
  console.log(
    `${shownVersion(target, all)} runs now. Counters, keys and other state are as they were; the next deploy of the main branch takes its place.`,
  )
}

/** Cloudflare's code for a version whose secrets are not today's. */
const SECRETS_CHANGED = 10_220

function targetOf(wanted: string | undefined, live: Version, all: History): Version {
  const tag = codeTag(live, all)
  const older = all.deployed.filter(({ createdOn }) => createdOn < live.createdOn)
  const found =
    wanted === undefined
      ? (older.find((one) => codeTag(one, all) !== tag) ??
        (tag === undefined ? older[0] : undefined))
      : all.deployed.find(
          (one) => one.id.startsWith(wanted) || commitMatches(codeTag(one, all), wanted),
        )
  if (found !== undefined && found.id !== live.id) return found
  const list = all.deployed.map(
    (one) => `  ${one.id}  ${one.createdOn}  ${codeTag(one, all) ?? ''}`,
  )
  const what =
    found !== undefined
      ? `${shownVersion(found, all)} is what runs.`
      : wanted === undefined
        ? 'No version with other code ran before this one.'
        : `No version '${wanted}' was ever deployed, as far back as Cloudflare tells.`
  throw new UserError(`${what}\nThese ran:\n${list.join('\n')}\nName one of them, or a commit.`)
}

const commitMatches = (tag: string | undefined, wanted: string): boolean => {
  const hash = tag?.replace(/-dirty$/, '')
  return (
    hash !== undefined && wanted.length >= 4 && (hash.startsWith(wanted) || wanted.startsWith(hash))
  )
}

async function tellDifference(live: Version, target: Version, all: History): Promise<void> {
  const [from, to] = [live, target].map((one) => taggedCommit(codeTag(one, all)))
  const [before, after] = await Promise.all([
    from && describeCommit(from),
    to && describeCommit(to),
  ])
  if (!before || !after) return
  const changes = difference(before, after)
  console.log(isSame(changes) ? 'No route and no policy changes.' : differenceText(changes))
}
