import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Compiled } from '../compile/compile.ts'
import { UserError } from '../local/user-error.ts'
import { type Access, access, credentialsHere } from './access.ts'
import { orphanedNamespaces, withConfig, withNamespaces } from './config.ts'
import type { ReadinessFlags } from './flags.ts'
import { commitOf, head, type Head } from './git.ts'
import {
  codeTag,
  history,
  type History,
  messageOf,
  shownVersion,
  taggedCommit,
  tagOf,
} from './history.ts'
import { compiledAndChecked, project, type Project } from './prepare.ts'
import { question, requireReady } from './readiness.ts'
import { checkPresent, givenSecrets, type SecretFlags, withSecretsFile } from './secrets.ts'
import { tellChanges } from './tell.ts'
import { Interrupted, type Ran, wrangler } from './wrangler.ts'

export interface DeployFlags extends SecretFlags, ReadinessFlags {
  readonly dryRun: boolean
  readonly allowDirty: boolean
  readonly since?: string
}

/** Production: what is committed is checked, uploaded under the name of its commit, and asked how it feels. */
export async function deploy(flags: DeployFlags): Promise<void> {
  const here = committed(flags)
  const one = project()
  const isOffline = flags.dryRun && (await credentialsHere()) === undefined
  const there = isOffline ? undefined : await access(one.toml)
  const given = givenSecrets(one.required, flags)
  if (there) await checkSecrets(there, one, given)
  else {
    console.log('Not looked at, without access to Cloudflare: secrets, and what is deployed now.')
  }
  const compiled = await compiledAndChecked()
  const before = there && (await history(there, one.worker))
  if (flags.since !== undefined) await tellSince(flags.since, compiled)
  else if (before) await tellDeployed(before, compiled)
  if (flags.dryRun || !there) return dryRun()
  await upload({ there, one, here, given, flags, running: before?.live?.id })
}

/** What is in Git is what runs; anything else has to be asked for. */
function committed({ allowDirty, dryRun }: DeployFlags): Head | undefined {
  const here = head()
  if (allowDirty || dryRun) return here
  if (here === undefined) {
    throw new UserError(
      'There is no commit to deploy.\nA version is named after its commit, so that you can tell later what runs.\nRun: git init && git add . && git commit; or pass --allow-dirty.',
    )
  }
  if (here.changed.length === 0) return here
  const shown = here.changed.slice(0, 10).map((file) => `  ${file}`)
  const more = here.changed.length > 10 ? [`  and ${here.changed.length - 10} more`] : []
  throw new UserError(
    [
      `${here.changed.length} file${here.changed.length === 1 ? ' is' : 's are'} not committed:`,
      ...shown,
      ...more,
      'What runs would then be in no commit, and nobody could go back to it. Nothing was uploaded.',
      'Commit or stash them; or pass --allow-dirty.',
    ].join('\n'),
  )
}

async function checkSecrets(
  { api, accountId }: Access,
  { worker, required }: Project,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  const path = `/accounts/${accountId}/workers/scripts/${worker}/secrets`
  // asked in any case: it is also the first use of the token
  const set = await api.find<readonly { readonly name: string }[]>(path)
  const present = new Set(set?.map(({ name }) => name))
  // before the first deployment there is nothing that a secret could be put on
  const command = set && ((name: string) => `npx wrangler secret put ${name}`)
  checkPresent(required, given, present, { where: `The Worker '${worker}'`, command })
  if (required.length > 0) console.log(`Secrets: ${required.join(', ')}`)
}

async function tellDeployed(all: History, compiled: Compiled): Promise<void> {
  if (all.live === undefined) return console.log('Nothing is deployed yet: every route is new.')
  console.log(`Deployed now: ${shownVersion(all.live, all)}`)
  const since = taggedCommit(codeTag(all.live, all))
  if (since) return console.log((await tellChanges(since, compiled)).text)
  console.log(
    'What changes is not known: its commit is not in this clone. Fetch the whole history (git fetch --unshallow), or pass --since COMMIT.',
  )
}

async function tellSince(reference: string, compiled: Compiled): Promise<void> {
  const since = commitOf(reference)
  if (since === undefined) {
    throw new UserError(
      `There is no commit '${reference}' in this clone.\n--since names what to compare with.\nFetch it, or name another.`,
    )
  }
  console.log((await tellChanges(since, compiled)).text)
}

async function dryRun(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cardea-dry-run-'))
  try {
    const { output } = await wrangler(
      () => Promise.resolve(['deploy', '--dry-run', '--outdir', folder]),
      'deploy',
    )
    console.log(`${sizeIn(output)}\nNothing was uploaded: --dry-run.`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Upload {
  readonly there: Access
  readonly one: Project
  readonly here: Head | undefined
  readonly given: Readonly<Record<string, string>>
  readonly flags: ReadinessFlags
  /** The version that runs before. */
  readonly running: string | undefined
}

async function upload({ there, one, here, given, flags, running }: Upload): Promise<void> {
  const asked = question()
  const named = here
    ? ['--tag', tagOf(here, here.changed.length > 0), '--message', messageOf(here)]
    : []
  const { output, records } = await tellingState(there, one.worker, running, () =>
    withConfig((write) =>
      withSecretsFile(given, (secrets) => {
        const args = async () => {
          const ids = await orphanedNamespaces(there, one.toml, one.worker)
          const isPlain = Object.keys(ids).length === 0
          const config = isPlain ? [] : write(withNamespaces(one.toml, ids))
          return ['deploy', ...config, ...named, ...asked.flags, ...secrets]
        }
        return wrangler(args, 'deploy', { CLOUDFLARE_ACCOUNT_ID: there.accountId })
      }),
    ),
  )
  const { version_id: version, targets = [] } = records['deploy'] as {
    readonly version_id?: string
    readonly targets?: readonly string[]
  }
  console.log(sizeIn(output))
  console.log(`Deployed: ${targets.join(', ') || 'at no URL; see workers_dev and routes'}`)
  console.log(
    `Version: ${version}${here ? `  commit ${tagOf(here, here.changed.length > 0)}` : ''}`,
  )
  await requireReady(
    {
      url: flags.url ?? targets.map(addressOf).find((one) => one !== undefined),
      waitSeconds: flags.wait,
      mend: "Set the secret again (npx wrangler secret put NAME), or go back with 'npx cardea rollback'.",
      address: 'Name where it answers with --url URL.',
    },
    asked,
  )
}

/** After a failure or Ctrl-C the question is what runs now, so that is what is told. */
async function tellingState(
  there: Access,
  worker: string,
  before: string | undefined,
  work: () => Promise<Ran>,
): Promise<Ran> {
  try {
    return await work()
  } catch (error) {
    const now = await history(there, worker).catch(() => undefined)
    const what = error instanceof Interrupted ? 'Interrupted.' : (error as Error).message
    throw new UserError(`${what}\n${stateText(before, now)}`)
  }
}

function stateText(before: string | undefined, now: History | undefined): string {
  if (now === undefined) return "What runs now is not known; 'npx wrangler deployments list' tells."
  if (now.live === undefined) return 'Nothing is deployed.'
  const running = shownVersion(now.live, now)
  return now.live.id === before
    ? `Production is as it was: ${running}.`
    : `The upload was complete: ${running} runs now, but its routes may not be set. Run the command again.`
}

const sizeIn = (output: string): string =>
  `Bundle: ${/Total Upload: (.*)/.exec(output)?.[1]?.trim() ?? 'of unknown size'}`

/** wrangler names a route as it stands in wrangler.toml: a URL, a host, or a pattern with a star. */
function addressOf(target: string): string | undefined {
  const [first = ''] = target.split(/[\s(*]/)
  const text = first.includes('://') ? first : `https://${first}`
  return first !== '' && !first.startsWith('.') && URL.canParse(text) ? text : undefined
}
