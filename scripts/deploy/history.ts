import { type Access } from './access.ts'
import { type Commit, commitOf } from './git.ts'

/** One uploaded version of the Worker. */
export interface Version {
  readonly id: string
  readonly createdOn: string
  /** The tag that `cardea deploy` gave it. */
  readonly tag: string | undefined
}

export interface History {
  /** What runs now; undefined before the first deployment. */
  readonly live: Version | undefined
  /** Versions that ran alone at some time, newest first, with the one that runs now. */
  readonly deployed: readonly Version[]
}

/** Which versions ran, and which runs; nothing when there is no such Worker yet. */
export async function history({ api, accountId }: Access, worker: string): Promise<History> {
  const base = `/accounts/${accountId}/workers/scripts/${worker}`
  const [deployments, versions] = await Promise.all([
    api.find<{ readonly deployments: readonly RawDeployment[] }>(`${base}/deployments`),
    api.find<{ readonly items: readonly RawVersion[] }>(`${base}/versions?deployable=true`),
  ])
  const byId = new Map(versions?.items.map((one) => [one.id, one]))
  const ids = [
    ...new Set(
      (deployments?.deployments ?? [])
        .toSorted((a, b) => b.created_on.localeCompare(a.created_on))
        .flatMap((one) => one.versions.filter(({ percentage }) => percentage === 100))
        .map(({ version_id: id }) => id),
    ),
  ]
  const deployed = await Promise.all(
    ids.map(async (id) =>
      versionOf(byId.get(id) ?? (await api.request('GET', `${base}/versions/${id}`))),
    ),
  )
  return {
    live: deployed[0],
    deployed: deployed.toSorted((a, b) => b.createdOn.localeCompare(a.createdOn)),
  }
}

/**
 * The tag of a version's code. A version that only changed a secret (`wrangler secret put`) has none and runs the
 * code of the one before it.
 */
export function codeTag(version: Version, { deployed }: History): string | undefined {
  return deployed.find((one) => one.createdOn <= version.createdOn && one.tag)?.tag
}

/** The commit that a tag names, if this clone has it. */
export function taggedCommit(tag: string | undefined): Commit | undefined {
  const [, hash] = /^([0-9a-f]{12})(-dirty)?$/.exec(tag ?? '') ?? []
  return hash === undefined ? undefined : commitOf(hash)
}

/** Cloudflare keeps 25 characters of a tag and 100 of a message. */
export const tagOf = ({ hash }: Commit, isDirty: boolean): string =>
  hash.slice(0, 12) + (isDirty ? '-dirty' : '')

export const messageOf = ({ hash, subject }: Commit): string =>
  [...`${hash} ${subject}`].slice(0, 100).join('')

/** What runs in production, for a person: `version 1a2b… of commit 3c4d…`. */
export function shownVersion(version: Version, all: History): string {
  const tag = codeTag(version, all)
  return `version ${version.id}${tag === undefined ? '' : ` (commit ${tag})`}`
}

interface RawDeployment {
  readonly created_on: string
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[]
}

interface RawVersion {
  readonly id: string
  readonly metadata: { readonly created_on: string }
  readonly annotations?: Readonly<Record<string, string>>
}

const versionOf = ({ id, metadata, annotations }: RawVersion): Version => ({
  id,
  createdOn: metadata.created_on,
  tag: annotations?.['workers/tag'],
})
