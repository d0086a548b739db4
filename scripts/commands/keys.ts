import { type Command, Option } from 'commander'
import type { AdminClient, Json } from '../admin/client.ts'
import { DEMO, ensureDemo } from '../admin/demo.ts'
import { exportFile } from '../admin/export.ts'
import {
  type AdminFlags,
  clientOf,
  collect,
  count,
  given,
  seconds,
  time,
  withAdminFlags,
} from '../admin/flags.ts'
import { importFile } from '../admin/import.ts'
import { argumentsOf, printList, printRecord } from '../admin/output.ts'

/** `cardea keys …`: API keys. */
export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('manage API keys, through the admin route of any gateway')
  addCreate(keys)
  addList(keys)
  addRoll(keys)
  addChange(keys, 'revoke', 'revoke a key for good', (client, id) =>
    client.request('POST', `${pathOf(id)}/revoke`),
  )
  addChange(keys, 'disable', 'stop a key until it is enabled', (client, id) =>
    client.request('PATCH', pathOf(id), { status: 'disabled' }),
  )
  addChange(keys, 'enable', 'let a disabled key work again', (client, id) =>
    client.request('PATCH', pathOf(id), { status: 'active' }),
  )
  addImport(keys)
  addExport(keys)
}

interface CreateFlags extends AdminFlags {
  readonly name?: string
  readonly scope?: string[]
  readonly ip?: string[]
  readonly mode: string
  readonly expires?: string
  readonly quiet?: boolean
}

function addCreate(keys: Command): void {
  withAdminFlags(keys.command('create'))
    .description('make a key and show it, once')
    .argument('[consumer]', "who holds it; when left out, 'demo', which is made when it is missing")
    .option('--name <name>', 'for people')
    .option('--scope <scope>', 'what it may be used for; may be repeated', collect)
    .option('--ip <range>', 'address or CIDR block it may be used from; may be repeated', collect)
    .addOption(
      new Option('--mode <mode>', 'for real or for trials')
        .choices(['live', 'test'])
        .default('live'),
    )
    .option('--expires <time>', '2027-01-31, 2027-01-31T12:00:00Z, or 90d from now', time)
    .option('--quiet', 'nothing but the key')
    .action(async (consumer: string | undefined, flags: CreateFlags) => {
      const { name, scope: scopes, ip: ipRanges, mode, expires } = flags
      const client = clientOf(flags)
      if (consumer === undefined) await ensureDemo(client)
      const path = `/consumers/${encodeURIComponent(consumer ?? DEMO)}/keys`
      const input = given({ name, scopes, ipRanges, mode, expires })
      printNewKey(await client.request('POST', path, input), flags)
    })
}

function addList(keys: Command): void {
  withAdminFlags(keys.command('list'))
    .description('list keys, without the keys themselves')
    .option('--consumer <id>', 'only those of this consumer')
    .option('--status <status>', 'only active, disabled or revoked ones')
    .option('--limit <count>', 'at most so many', count)
    .action(async (flags: AdminFlags & { consumer?: string; status?: string; limit?: number }) => {
      const { consumer, status } = flags
      const items = clientOf(flags).list('/keys', { consumer, status })
      const columns = [
        'id',
        'consumer',
        'name',
        'start',
        'lastFour',
        'status',
        'scopes',
        'expires',
        'lastUsed',
      ]
      await printList(items, columns, flags)
    })
}

function addRoll(keys: Command): void {
  withAdminFlags(keys.command('roll'))
    .description('make a key in the place of another, which ends after the grace period')
    .argument('<id>')
    .option('--grace <duration>', 'how long the old key works on: 30s, 15m, 12h, 7d', seconds, 0)
    .option('--all', "end the consumer's other keys of the same mode, too", false)
    .option('--quiet', 'nothing but the new key')
    .action(
      async (id: string, flags: AdminFlags & { grace: number; all: boolean; quiet?: boolean }) => {
        const roll = { graceSeconds: flags.grace, all: flags.all }
        printNewKey(await clientOf(flags).request('POST', `${pathOf(id)}/roll`, roll), flags)
      },
    )
}

function addChange(
  keys: Command,
  name: string,
  description: string,
  change: (client: AdminClient, id: string) => Promise<Json>,
): void {
  withAdminFlags(keys.command(name))
    .description(description)
    .argument('<id>', "or '-' for one on each line of the standard input")
    .action(async (argument: string, flags: AdminFlags) => {
      const client = clientOf(flags)
      for (const id of await argumentsOf(argument)) printRecord(await change(client, id), flags)
    })
}

function addImport(keys: Command): void {
  withAdminFlags(keys.command('import'))
    .description('take in consumers and keys: one JSON object per line, keys as text or as SHA-256')
    .argument('[file]', "'-' is the standard input", '-')
    .option('--resume <job>', 'go on with an import that was cut off')
    .action(async (file: string, flags: AdminFlags & { resume?: string }) => {
      const { errors, ...job } = await importFile(clientOf(flags), file, flags.resume)
      for (const { row, detail } of errors as { row: number; detail: string }[]) {
        console.error(`row ${row + 1}: ${detail}`)
      }
      printRecord(job, flags)
      if (Number(job['failed']) > 0) process.exitCode = 1
    })
}

function addExport(keys: Command): void {
  withAdminFlags(keys.command('export'))
    .description('write consumers and the hashes of their keys, in the form that an import takes')
    .argument('[file]', "'-' is the standard output", '-')
    .action((file: string, flags: AdminFlags) => exportFile(clientOf(flags).list('/export'), file))
}

function printNewKey(record: Json, { json, quiet }: { json?: boolean; quiet?: boolean }): void {
  if (quiet) console.log(String(record['key']))
  else printRecord(record, json === undefined ? {} : { json })
  if (!quiet && !json) console.error('This is the only time that the key is shown.')
}

const pathOf = (id: string): string => `/keys/${encodeURIComponent(id)}`
