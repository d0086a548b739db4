import { styleText } from 'node:util'
import type { Compiled } from '../compile/compile.ts'
import { format, type Message } from '../compile/messages.ts'
import type { CompiledRoute } from '../compile/routes.ts'
import type { Log } from './log.ts'
import { visible } from './visible.ts'

/** All messages of a run on the error stream, errors last so that they stand above the prompt. */
export function printMessages({ messages }: Pick<Compiled, 'messages'>): void {
  const ordered = messages.toSorted((a, b) => rank(a) - rank(b))
  const groups = Map.groupBy(ordered, ({ level, code, at }) => `${level} ${code} ${at.file}`)
  for (const group of groups.values()) {
    const [first] = group
    const isLong = first?.level === 'warning' && group.length > WARNINGS_SHOWN
    for (const message of isLong ? group.slice(0, 1) : group) {
      console.error(paint(message.level === 'error' ? 'red' : 'yellow', format(message)))
      if (isLong)
        console.error(`  The same at ${group.length - 1} more places of ${message.at.file}.`)
      console.error('')
    }
  }
}

/** The same for a log: one entry each, of many alike only the first ones. */
export function logMessages({ messages }: Pick<Compiled, 'messages'>, log: Log): void {
  const groups = Map.groupBy(messages, ({ level, code, at }) => `${level} ${code} ${at.file}`)
  for (const group of groups.values()) {
    const shown = group[0]?.level === 'error' ? group : group.slice(0, WARNINGS_SHOWN)
    for (const message of shown) {
      const level = message.level === 'error' ? 'error' : 'warn'
      const { code, at } = message
      log.say(level, 'config', format(message), { code, ...at, alike: group.length })
    }
  }
}

/** A public document can earn thousands of one kind; past this they are counted. Errors are all shown. */
const WARNINGS_SHOWN = 3

/** `12 routes, 3 warnings` or `2 errors, 1 warning; nothing was written`. */
export function summary({ messages, routes, isGood }: Compiled): string {
  const count = (level: Message['level']) => messages.filter((one) => one.level === level).length
  const warnings = count('warning') > 0 ? `, ${plural(count('warning'), 'warning')}` : ''
  return isGood
    ? `${plural(routes.length, 'route')}${warnings}`
    : `${plural(count('error'), 'error')}${warnings}; nothing was written`
}

/** Method, path, policies and handler of every route, in columns. */
export function routeTable(routes: readonly CompiledRoute[]): string {
  const rows = routes.map(({ method, path, policies, handler, raw }) =>
    [
      method,
      path,
      policies.map(({ name }) => name).join(', ') || '-',
      target(handler) + (raw.isInternal ? ' (internal)' : ''),
    ].map(visible),
  )
  const all = [['METHOD', 'PATH', 'POLICIES', 'HANDLER'], ...rows]
  const widths = [0, 1, 2].map((i) => Math.max(...all.map((row) => row[i]!.length)))
  const lines = all.map((row) =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell)).join('  '),
  )
  return [paint('bold', lines[0]!), ...lines.slice(1)].join('\n')
}

function target({ name, options }: CompiledRoute['handler']): string {
  const url = options['url']
  return typeof url === 'string' ? `${name} ${url}` : name
}

const rank = ({ level }: Message): number => (level === 'error' ? 1 : 0)
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

type Colour = 'red' | 'yellow' | 'bold' | 'dim' | 'green'

/** No colours where nobody sees them: not a terminal, or NO_COLOR. */
export function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stderr })
}
