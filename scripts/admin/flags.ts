import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { repository } from '../compile/plugins.ts'
import { findAccess } from './access.ts'
import { AdminClient } from './client.ts'

/** The flags that every command of `keys` and `consumers` takes. */
export interface AdminFlags {
  readonly url?: string
  readonly token?: string
  readonly state: string
  readonly json?: boolean
}

export function withAdminFlags(command: Command): Command {
  return command
    .option('--url <url>', 'where the gateway has its admin route (or CARDEA_URL)')
    .option('--token <token>', 'what that route asks for (or CARDEA_TOKEN, which no `ps` shows)')
    .option(
      '--state <dir>',
      'state folder of a local gateway',
      (path) => resolve(path),
      join(repository, '.cardea'),
    )
    .option('--json', 'JSON instead of text')
}

export function clientOf(flags: AdminFlags): AdminClient {
  return new AdminClient(findAccess(flags))
}

/** For flags that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}

export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {
    // told below
  }
  throw new InvalidArgumentError('Write a JSON object, like \'{"plan":"gold"}\'.')
}

/** `30s`, `15m`, `12h`, `7d` → seconds. */
export function seconds(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('Write a duration: 30s, 15m, 12h or 7d.')
  return Number(count) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd']
}

/** A day, a time (RFC 3339), or a duration from now. */
export function time(text: string): string {
  if (/^\d+[smhd]$/.test(text)) return new Date(Date.now() + seconds(text) * 1000).toISOString()
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('Write 2027-01-31, 2027-01-31T12:00:00Z, or 90d from now.')
  }
  return new Date(text).toISOString()
}

export function count(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Write a whole number above 0.')
}

/** The flags that are there, under the names that the API has for them. */
export function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
