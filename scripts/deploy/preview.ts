import type { Compiled } from '../compile/compile.ts'
import { UserError } from '../local/user-error.ts'
import { replaceFile } from '../sources/folder.ts'
import { type Access, access } from './access.ts'
import { branches, currentBranch, forkPoint, head, mainBranch } from './git.ts'
import type { ReadinessFlags } from './flags.ts'
import { messageOf, tagOf } from './history.ts'
import { compiledAndChecked, project } from './prepare.ts'
import { leftOut, ownNamespaces, previewConfig, removeNamespaces, withConfig } from './config.ts'
import { previewName } from './preview-name.ts'
import { question, requireReady } from './readiness.ts'
import { checkPresent, givenSecrets, type SecretFlags, withSecretsFile } from './secrets.ts'
import { tellChanges, type Told } from './tell.ts'
import { Interrupted, type WranglerRecord, wrangler } from './wrangler.ts'

export interface UpFlags extends SecretFlags, ReadinessFlags {
  readonly branch?: string
  readonly since?: string
  readonly comment?: string
}

/** Makes or renews the environment of a branch. Production is not touched. */
export async function previewUp(flags: UpFlags): Promise<void> {
  const branch = branchOf(flags.branch)
  const { toml, worker, required } = project()
  const name = previewName(branch, worker)
  const given = givenSecrets(required, flags)
  const there = await access(toml)
  await checkSecrets(there, { worker, required, name }, given)
  const compiled = await compiledAndChecked()
  const told = await changesOf(flags.since ?? mainBranch(), compiled)
  console.log(told.text)
  const missing = leftOut(toml)
  if (missing.length > 0) {
    console.log(
      `The preview goes without: ${missing.join(', ')}. Repeat under [previews] what it needs.`,
    )
  }
  const namespaces = await ownNamespaces(there, toml, worker, name)
  const asked = question()
  const { urls } = await withConfig((write) =>
    withSecretsFile(given, (secrets) =>
      upload(there, name, [...write(previewConfig(toml, namespaces)), ...asked.flags, ...secrets]),
    ),
  )
  const url = urls[0]
  console.log(`Preview: ${url ?? 'at no URL'}\nName: ${name}  branch ${branch}`)
  if (flags.comment !== undefined) writeComment(flags.comment, { branch, url, told })
  await requireReady(
    {
      url: flags.url ?? url,
      waitSeconds: flags.wait,
      mend: 'Pass the secret again with --secrets-file or --secrets-from-env.',
      address:
        "Set 'preview_urls = true' in wrangler.toml, deploy that once, and run the command again.",
    },
    asked,
  )
}

/** Removes the environment of a branch with its state. What is not there any more is no error. */
export async function previewDown(branch: string | undefined): Promise<void> {
  const { toml, worker } = project()
  const one = branchOf(branch)
  const name = previewName(one, worker)
  const there = await access(toml)
  const path = previewPath(there, worker, name)
  const isThere = (await there.api.find<RawPreview>(path)) !== undefined
  if (isThere) await there.api.request('DELETE', path)
  const namespaces = await removeNamespaces(there, toml, worker, name)
  console.log(
    isThere || namespaces > 0
      ? `Removed: ${name}, of the branch ${one}, with its counters, keys and secrets.`
      : `There is no preview of the branch ${one}; nothing to remove.`,
  )
}

/** Prints all environments, with the branch of each as far as this clone knows it. */
export async function previewList(isJson: boolean): Promise<void> {
  const { toml, worker } = project()
  const there = await access(toml)
  const list = await there.api.list<RawPreview>(
    `/accounts/${there.accountId}/workers/workers/${worker}/previews`,
  )
  const byName = new Map(branches().map((branch) => [previewName(branch, worker), branch]))
  const rows = list.map(({ name, urls, deployed_on: deployed }) => ({
    name,
    branch: byName.get(name),
    url: urls?.[0],
    deployed,
  }))
  if (isJson) return console.log(JSON.stringify(rows, undefined, 2))
  if (rows.length === 0)
    return console.log("There is no preview. Make one with 'cardea preview up'.")
  const cells = [
    ['NAME', 'BRANCH', 'DEPLOYED', 'URL'],
    ...rows.map((row) => [row.name, row.branch ?? '-', row.deployed ?? '-', row.url ?? '-']),
  ]
  const widths = [0, 1, 2].map((i) => Math.max(...cells.map((row) => row[i]!.length)))
  for (const row of cells) {
    console.log(row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell)).join('  '))
  }
}

interface RawPreview {
  readonly name: string
  readonly urls?: readonly string[]
  readonly deployed_on?: string | null
}

function branchOf(given: string | undefined): string {
  const branch = given ?? currentBranch()
  if (branch) return branch
  throw new UserError(
    'No branch is checked out.\nA preview belongs to a branch and is named after it.\nPass --branch NAME.',
  )
}

async function changesOf(reference: string, compiled: Compiled): Promise<Told> {
  const since = forkPoint(reference)
  if (since) return tellChanges(since, compiled)
  const text = `What changed is not known: this clone has no commit in common with '${reference}'.`
  return { text: `${text} Fetch it, or pass --since.`, markdown: `${text}\n` }
}

/** Those of the Previews' base configuration count, and those that this preview was given before. */
async function checkSecrets(
  there: Access,
  {
    worker,
    required,
    name,
  }: { readonly worker: string; readonly required: readonly string[]; readonly name: string },
  given: Readonly<Record<string, string>>,
): Promise<void> {
  const base = `/accounts/${there.accountId}/workers/workers/${worker}`
  type Env = Readonly<Record<string, { readonly type: string }>>
  const [parent, latest] = await Promise.all([
    there.api.find<{ readonly previews_base_config?: { readonly env?: Env } }>(base),
    there.api.find<{ readonly env?: Env }>(`${base}/previews/${name}/deployments/latest`),
  ])
  const all = [...named(parent?.previews_base_config?.env), ...named(latest?.env)]
  checkPresent(required, given, new Set(all), {
    where: `The preview '${name}'`,
    command: (secret) =>
      `npx wrangler preview base-config secret put ${secret}   (the same for all new previews; production's own is never used)`,
  })
}

const named = (env: Readonly<Record<string, { readonly type: string }>> = {}): readonly string[] =>
  Object.entries(env)
    .filter(([, { type }]) => type === 'secret_text')
    .map(([name]) => name)

const previewPath = ({ accountId }: Access, worker: string, name: string): string =>
  `/accounts/${accountId}/workers/workers/${worker}/previews/${name}`

async function upload(
  { accountId }: Access,
  name: string,
  flags: readonly string[],
): Promise<{ readonly urls: readonly string[] }> {
  const here = head()
  const named = here
    ? ['--tag', tagOf(here, here.changed.length > 0), '--message', messageOf(here)]
    : []
  try {
    const { records } = await wrangler(
      () => Promise.resolve(['preview', '--name', name, '--json', ...named, ...flags]),
      'preview',
      { CLOUDFLARE_ACCOUNT_ID: accountId },
    )
    const { preview_urls: urls } = records['preview'] as WranglerRecord & {
      readonly preview_urls?: readonly string[]
    }
    return { urls: urls ?? [] }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    throw new UserError(
      `Interrupted.\nThe preview '${name}' may be without this commit; production was not touched.\nRun the command again, or 'npx cardea preview down'.`,
    )
  }
}

/** A comment for the pull request. */
function writeComment(
  file: string,
  {
    branch,
    url,
    told,
  }: { readonly branch: string; readonly url: string | undefined; readonly told: Told },
): void {
  const here = head()
  const commit = here ? ` at \`${tagOf(here, here.changed.length > 0)}\`` : ''
  const title = `**Preview** of \`${branch.replaceAll('`', '')}\`${commit}: ${url ?? 'at no URL'}`
  replaceFile(file, `<!-- cardea-preview -->\n${title}\n\n${told.markdown}`)
}
