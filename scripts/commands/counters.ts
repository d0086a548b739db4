import type { Command } from 'commander'
import type { Json } from '../admin/client.ts'
import { type AdminFlags, clientOf, withAdminFlags } from '../admin/flags.ts'
import { printList, printRecord } from '../admin/output.ts'

/** `cardea counters …`: what callers have spent of their limits. */
export function addCounters(program: Command): void {
  const counters = program
    .command('counters')
    .description('look at what callers have spent, and reset it, through the admin route')
  addList(counters)
  addShow(counters)
  addReset(counters)
}

function addList(counters: Command): void {
  withAdminFlags(counters.command('list'))
    .description('list the policies that count callers, and what they count by')
    .action(async (flags: AdminFlags) => {
      await printList(clientOf(flags).list('/counters'), ['policy', 'by', 'unavailable'], flags)
    })
}

function addShow(counters: Command): void {
  withCaller(counters.command('show'))
    .description('show where a caller stands with a policy')
    .action(async (policy: string, caller: string[], flags: AdminFlags) => {
      const report = await clientOf(flags).get(pathOf(policy, caller))
      if (flags.json) printRecord(report, flags)
      else await printReport(report)
    })
}

function addReset(counters: Command): void {
  withCaller(counters.command('reset'))
    .description('forget what a caller has spent')
    .action(async (policy: string, caller: string[], flags: AdminFlags) => {
      await clientOf(flags).request('DELETE', pathOf(policy, caller))
      if (flags.json) return
      console.error(
        'Reset. Where it was done the caller passes at once; elsewhere on Cloudflare a refusal may be remembered for a minute more.',
      )
    })
}

function withCaller(command: Command): Command {
  return withAdminFlags(
    command
      .argument('<policy>', 'its name in policies.json')
      .argument(
        '[caller...]',
        'what it counts by: the id of a consumer, key or route, an address, or the text a template makes; one value for each of `by`, none for all',
      ),
  )
}

async function printReport({ limits, inFlight }: Json): Promise<void> {
  const rows = limits as readonly Json[]
  if (rows.length === 0 && inFlight === 0) {
    console.error('Nothing is counted for this caller.')
    return
  }
  const columns = ['name', 'algorithm', 'limit', 'window', 'remaining', 'resetSeconds']
  if (rows.length > 0) await printList(each(rows), columns, {})
  if (inFlight !== 0) console.log(`in flight: ${String(inFlight)}`)
}

async function* each(rows: readonly Json[]): AsyncGenerator<Json> {
  for (const row of rows) {
    yield { ...row, window: row['period'] ?? `${String(row['windowSeconds'])}s` }
  }
}

function pathOf(policy: string, caller: readonly string[]): string {
  // in the query, because no path can hold every name
  const query = new URLSearchParams({ policy })
  for (const value of caller) query.append('caller', value)
  return `/counters?${query}`
}
