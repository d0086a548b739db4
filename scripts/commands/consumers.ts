import type { Command } from 'commander'
import {
  type AdminFlags,
  clientOf,
  collect,
  count,
  given,
  jsonObject,
  withAdminFlags,
} from '../admin/flags.ts'
import { argumentsOf, printList, printRecord } from '../admin/output.ts'

/** `cardea consumers …`: who calls the API. */
export function addConsumers(program: Command): void {
  const consumers = program
    .command('consumers')
    .description('manage who calls the API, through the admin route of any gateway')
  addCreate(consumers)
  addList(consumers)
  addShow(consumers)
  addUpdate(consumers)
  addStatus(consumers, 'disable', 'disabled', 'stop all keys of a consumer')
  addStatus(consumers, 'enable', 'active', 'let the keys of a consumer work again')
  addDelete(consumers)
}

interface ConsumerFlags extends AdminFlags {
  readonly name?: string
  readonly description?: string
  readonly metadata?: Record<string, unknown>
  readonly tag?: string[]
  readonly group?: string[]
}

function withMembers(command: Command): Command {
  return withAdminFlags(command)
    .option('--name <name>', 'for people')
    .option('--description <text>', 'for people')
    .option('--metadata <json>', 'for policies and templates, at most 4 KB', jsonObject)
    .option('--tag <tag>', 'for lists; may be repeated', collect)
    .option('--group <group>', 'for policies; may be repeated', collect)
}

const members = ({ name, description, metadata, tag, group }: ConsumerFlags) =>
  given({ name, description, metadata, tags: tag, groups: group })

function addCreate(consumers: Command): void {
  withMembers(consumers.command('create'))
    .description('create a consumer')
    .argument('[id]', 'letters, digits and . _ ~ : @ -; made up when left out')
    .action(async (id: string | undefined, flags: ConsumerFlags) => {
      const input = { ...given({ id }), ...members(flags) }
      printRecord(await clientOf(flags).request('POST', '/consumers', input), flags)
    })
}

function addList(consumers: Command): void {
  withAdminFlags(consumers.command('list'))
    .description('list consumers')
    .option('--tag <tag>', 'only those with this tag')
    .option('--group <group>', 'only those in this group')
    .option('--metadata <name=value>', 'only those whose metadata has this')
    .option('--status <status>', 'only active or disabled ones')
    .option('--limit <count>', 'at most so many', count)
    .action(
      async (
        flags: AdminFlags &
          Record<'tag' | 'group' | 'metadata' | 'status', string> & { limit?: number },
      ) => {
        const { tag, group, metadata, status } = flags
        const items = clientOf(flags).list('/consumers', { tag, group, metadata, status })
        await printList(items, ['id', 'name', 'status', 'groups', 'tags'], flags)
      },
    )
}

function addShow(consumers: Command): void {
  withAdminFlags(consumers.command('show'))
    .description('show a consumer')
    .argument('<id>')
    .action(async (id: string, flags: AdminFlags) => {
      printRecord(await clientOf(flags).get(pathOf(id)), flags)
    })
}

function addUpdate(consumers: Command): void {
  withMembers(consumers.command('update'))
    .description('change a consumer; what is not named stays as it is')
    .argument('<id>')
    .action(async (id: string, flags: ConsumerFlags) => {
      printRecord(await clientOf(flags).request('PATCH', pathOf(id), members(flags)), flags)
    })
}

function addStatus(consumers: Command, name: string, status: string, description: string): void {
  withAdminFlags(consumers.command(name))
    .description(description)
    .argument('<id>', "or '-' for one on each line of the standard input")
    .action(async (argument: string, flags: AdminFlags) => {
      const client = clientOf(flags)
      for (const id of await argumentsOf(argument)) {
        printRecord(await client.request('PATCH', pathOf(id), { status }), flags)
      }
    })
}

function addDelete(consumers: Command): void {
  withAdminFlags(consumers.command('delete'))
    .description('delete a consumer with all its keys')
    .argument('<id>', "or '-' for one on each line of the standard input")
    .action(async (argument: string, flags: AdminFlags) => {
      const client = clientOf(flags)
      for (const id of await argumentsOf(argument)) await client.request('DELETE', pathOf(id))
    })
}

const pathOf = (id: string): string => `/consumers/${encodeURIComponent(id)}`
