import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { shown } from '../compile/compile.ts'
import { isThere } from '../compile/config-files.ts'
import { configFlag } from '../local/flags.ts'
import { paint, printMessages } from '../local/print.ts'
import { UserError } from '../local/user-error.ts'
import { visible } from '../local/visible.ts'
import { recoverFolder, replaceFolder } from '../sources/folder.ts'
import { LOCK_FOLDER } from '../sources/gather.ts'
import { SOURCES_FILE } from '../sources/sources-file.ts'
import { sync, type Synced, type SyncedSource } from '../sources/sync.ts'

export function addSync(program: Command): void {
  program
    .command('sync')
    .description('fetch the documents of sources.json, apply their overlays, write sources.lock/')
    .argument('[names...]', 'sources to sync; all without')
    .addOption(configFlag())
    .option('--check', 'write nothing; fail when sources.lock/ is not what sync would write', false)
    .option('--if-present', 'do nothing where there is no sources.json', false)
    .option('--offline', 'fetch nothing; apply overlays to the copies of the last sync', false)
    .option('--allow-lost-policies', 'accept operations that lose policies', false)
    .option('--timeout <seconds>', 'how long one file may take', seconds, 30)
    .action(async (names: readonly string[], flags: Flags) => {
      if (flags.ifPresent && !isThere(join(flags.config, SOURCES_FILE))) return
      const folder = join(flags.config, LOCK_FOLDER)
      if (!flags.check) recoverFolder(folder)
      const synced = await sync(flags.config, {
        names,
        isOffline: flags.offline,
        isCheck: flags.check,
        allowsLostPolicies: flags.allowLostPolicies,
        timeoutMs: flags.timeout * 1000,
      })
      printMessages({ messages: synced.messages.all })
      for (const source of synced.sources) printSource(source)
      refuseErrors(synced)
      if (flags.check) return check(synced, folder)
      if (synced.stale.length === 0) return console.log('Nothing changed.')
      replaceFolder(folder, synced.files)
      const count = synced.stale.length
      console.log(`\n${count} file${count === 1 ? '' : 's'} changed in ${shown(folder)}.`)
      console.log('Next: read the difference, run `npx cardea compile`, and commit the folder.')
    })
}

interface Flags {
  readonly config: string
  readonly check: boolean
  readonly ifPresent: boolean
  readonly offline: boolean
  readonly allowLostPolicies: boolean
  readonly timeout: number
}

function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 3600) return value
  throw new InvalidArgumentError('Write a number of seconds, at most 3600.')
}

function refuseErrors({ messages }: Synced): void {
  if (messages.errors === 0) return
  const count = `${messages.errors} error${messages.errors === 1 ? '' : 's'}`
  throw new UserError(
    `${count}; nothing was written.\nThe gateway still has the documents of the last sync.\nMend what is told above, then run the command again.`,
  )
}

function check({ stale }: Synced, folder: string): void {
  if (stale.length === 0) {
    console.log(`${shown(folder)} is what the sources say.`)
    return
  }
  throw new UserError(
    `${shown(folder)} is not what the sources say: ${stale.join(', ')}.\nA source or an overlay changed since the last sync, or a copy was edited.\nRun 'npx cardea sync', read the difference, and commit it.`,
  )
}

/** `orders  3 routes from …`, then what changed, breaking changes first. */
function printSource({ name, document, isNew, routes, changes }: SyncedSource): void {
  const head = `${name}  ${routes} route${routes === 1 ? '' : 's'} from ${document}`
  const breaking = changes.filter(({ isBreaking }) => isBreaking).length
  const note = isNew
    ? 'new'
    : changes.length === 0
      ? 'no change for callers'
      : counted(changes.length, breaking)
  console.log(`${paint('bold', head)}  ${note}`)
  for (const { isBreaking, subject, what } of changes.toSorted(breakingFirst)) {
    const mark = isBreaking ? paint('red', 'BREAKING') : '        '
    console.log(`  ${mark}  ${visible(`${subject}  ${what}`)}`)
  }
}

const counted = (all: number, breaking: number): string =>
  `${all} change${all === 1 ? '' : 's'}, ${breaking} breaking`

const breakingFirst = (a: { isBreaking: boolean }, b: { isBreaking: boolean }): number =>
  Number(b.isBreaking) - Number(a.isBreaking)
