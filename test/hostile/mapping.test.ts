import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { table } from '../../scripts/docs/markdown.ts'
import { repository } from '../harness/gateway.ts'
import { cases } from './cases/index.ts'
import { type Lesson, lessons } from './lessons.ts'

/**
 * The table of `docs/security.md` says which case proves what. `UPDATE_SECURITY=1 npx vitest run
 * test/hostile/mapping` writes it anew.
 */
const page = join(repository, 'docs/security.md')
const START = '<!-- lessons -->\n'
const END = '<!-- /lessons -->'

/** How many cases of each file prove a lesson. */
const counts = (id: string): readonly (readonly [file: string, count: number])[] =>
  Object.entries(cases)
    .map(([file, list]) => [file, list.filter((one) => one.lessons.includes(id)).length] as const)
    .filter(([, count]) => count > 0)

it('every case proves a lesson that exists', () => {
  const known = new Set(lessons.map(({ id }) => id))
  const unknown = Object.values(cases)
    .flat()
    .flatMap((one) => one.lessons)
    .filter((id) => !known.has(id))
  expect([...new Set(unknown)]).toEqual([])
})

it.each(lessons)(
  '$id is proved, or it is said why it need not be',
  ({ id, elsewhere, notHere }) => {
    const isProved = counts(id).length > 0 || (elsewhere ?? []).length > 0
    expect(isProved).toBe(notHere === undefined)
    for (const [file, text] of elsewhere ?? []) {
      expect(readFileSync(join(repository, file), 'utf8'), `${file}: ${text}`).toContain(text)
    }
  },
)

it('docs/security.md has the table that follows from the cases', () => {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(START) as [string, string]
  const after = rest.slice(rest.indexOf(END))
  const now = `${before}${START}\n${rendered()}\n\n${after}`
  if (process.env['UPDATE_SECURITY'] === '1') writeFileSync(page, now)
  else expect(text, 'run UPDATE_SECURITY=1 npx vitest run test/hostile/mapping').toBe(now)
})

it.each(['docs/security.md', 'SECURITY.md'])('every link of %s leads to a file', (name) => {
  const text = readFileSync(join(repository, name), 'utf8')
  const links = Array.from(text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, link]) => link!)
  const broken = links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => !existsSync(resolve(join(repository, name), '..', link)))
  expect(links.length).toBeGreaterThan(0)
  expect(broken).toEqual([])
})

it('every claim of docs/security.md links a test', () => {
  const text = readFileSync(page, 'utf8')
  const [claims] = /## What is refused, and why\n([\s\S]*?)\n## /.exec(text)!
  const items = claims!.split(/\n(?=- )/).filter((one) => one.startsWith('- '))
  expect(items.length).toBeGreaterThan(10)
  expect(items.filter((one) => !/\]\([^)]*\.ts\)/.test(one))).toEqual([])
})

function rendered(): string {
  const head = ['', 'What went wrong elsewhere', 'Here', 'Proved by']
  return table(
    head,
    lessons.map((one, i) => [String(i + 1), one.title, one.notHere ?? one.rule, proof(one)]),
  )
}

function proof({ id, elsewhere }: Lesson): string {
  const link = (file: string) => `[${file.split('/').at(-1)}](../${file})`
  const own = counts(id).map(
    ([file, count]) => `${count} in ${link(`test/hostile/cases/${file}.ts`)}`,
  )
  const others = (elsewhere ?? []).map(([file]) => link(file))
  return [...own, ...others].join(', ') || 'nothing to prove'
}
