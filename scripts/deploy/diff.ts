import type { Description, Flat, RouteDescription } from './describe.ts'

export interface Difference {
  readonly routes: readonly Change[]
  readonly policies: readonly Change[]
  readonly settings: readonly Change[]
}

export interface Change {
  readonly sign: '+' | '-' | '~'
  readonly name: string
  /** What it is, or what of it differs, each in a line. */
  readonly details: readonly string[]
}

/** What a person who approves a deployment has to know: which doors open, and what stands in them. */
export function difference(from: Description, to: Description): Difference {
  const settings = differing(from.settings, to.settings)
  return {
    routes: changes(from.routes, to.routes, routeLine, routeChanges),
    policies: changes(from.policies, to.policies, policyLine, differing),
    settings: settings.length === 0 ? [] : [{ sign: '~', name: 'gateway.json', details: settings }],
  }
}

export const isSame = ({ routes, policies, settings }: Difference): boolean =>
  routes.length + policies.length + settings.length === 0

/** For a terminal: `2 routes added, 1 changed`, then a line for each. */
export function differenceText(one: Difference): string {
  return sections(one)
    .map(([title, list]) => `${title}: ${count(list)}\n${lines(list, '  ').join('\n')}`)
    .join('\n')
}

/** For a pull request: what differs as fenced blocks that a forge colours; no text in it can leave its block. */
export function differenceMarkdown(one: Difference): string {
  if (isSame(one)) return 'No route and no policy changes.\n'
  return sections(one)
    .map(([title, list]) => {
      const text = lines(list, '').join('\n')
      const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
      const fence = '`'.repeat(longest + 1)
      return `**${title}**: ${count(list)}\n\n${fence}diff\n${text}\n${fence}\n`
    })
    .join('\n')
}

function sections({ routes, policies, settings }: Difference): [string, readonly Change[]][] {
  const all: [string, readonly Change[]][] = [
    ['Routes', routes],
    ['Policies', policies],
    ['Settings', settings],
  ]
  return all.filter(([, list]) => list.length > 0)
}

function count(list: readonly Change[]): string {
  const words = { '+': 'added', '-': 'removed', '~': 'changed' } as const
  return (['+', '-', '~'] as const)
    .map((sign) => [list.filter((one) => one.sign === sign).length, words[sign]] as const)
    .filter(([many]) => many > 0)
    .map(([many, word]) => `${many} ${word}`)
    .join(', ')
}

/** `!` is what forges colour as a change in a `diff` block. */
const lines = (list: readonly Change[], indent: string): readonly string[] =>
  list.flatMap(({ sign, name, details }) => {
    const mark = sign === '~' && indent === '' ? '!' : sign
    if (sign !== '~') return [oneLine(`${indent}${mark} ${name}  ${details.join('  ')}`)]
    return [`${mark} ${name}`, ...details.map((one) => `${mark}     ${one}`)].map((line) =>
      oneLine(indent + line),
    )
  })

const oneLine = (text: string): string => text.replace(/[\r\n\u2028\u2029]+/g, ' ').trimEnd()

function changes<T>(
  from: Readonly<Record<string, T>>,
  to: Readonly<Record<string, T>>,
  whole: (one: T) => string,
  parts: (before: T, after: T) => readonly string[],
): readonly Change[] {
  const list: Change[] = []
  for (const [name, after] of Object.entries(to)) {
    if (!Object.hasOwn(from, name)) list.push({ sign: '+', name, details: [whole(after)] })
    else {
      const details = parts(from[name]!, after)
      if (details.length > 0) list.push({ sign: '~', name, details })
    }
  }
  for (const [name, before] of Object.entries(from)) {
    if (!Object.hasOwn(to, name)) list.push({ sign: '-', name, details: [whole(before)] })
  }
  return list
}

const named = (names: readonly string[]): string => names.join(', ') || 'none'

const routeLine = ({ policies, handler, details }: RouteDescription): string =>
  [
    `policies: ${named(policies)}`,
    `handler: ${handler} ${details['handler.url'] ?? ''}`.trim(),
  ].join('  ')

function routeChanges(before: RouteDescription, after: RouteDescription): readonly string[] {
  const [from, to] = [named(before.policies), named(after.policies)]
  return [
    ...(from === to ? [] : [`policies: ${from} → ${to}`]),
    ...(before.handler === after.handler ? [] : [`handler: ${before.handler} → ${after.handler}`]),
    ...differing(before.details, after.details),
  ]
}

const policyLine = (one: Flat): string =>
  Object.entries(one)
    .map(([name, value]) => `${name}: ${name === 'policy' ? (JSON.parse(value) as string) : value}`)
    .join('  ')

/** Members whose value is a digest say only that they changed. */
const DIGESTS = new Set(['code', 'taken from the document'])

function differing(before: Flat, after: Flat): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) =>
      DIGESTS.has(name)
        ? `${name}: changed`
        : `${name}: ${before[name] ?? 'absent'} → ${after[name] ?? 'absent'}`,
    )
}
