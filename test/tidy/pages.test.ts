import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { repository } from '../harness/gateway.ts'

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: repository, encoding: 'utf8' })
  .split('\n')
  .filter(
    (file) => file !== '' && !file.startsWith('config/') && existsSync(join(repository, file)),
  )

const textOf = (file: string): string => readFileSync(join(repository, file), 'utf8')

it('every link to a file of the repository leads somewhere, also to its heading', () => {
  const dead = pages.flatMap((page) =>
    linksOf(textOf(page))
      .filter((link) => !/^[a-z]+:/i.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : join(dirname(page), path)
        if (!existsSync(join(repository, target))) return true
        return anchor !== undefined && !anchorsOf(textOf(target)).has(anchor)
      })
      .map((link) => `${page}: ${link}`),
  )
  expect(dead).toEqual([])
})

it('every command and flag that a page shows is one that there is', async () => {
  const program = await wholeProgram()
  const unknown = pages.flatMap((page) =>
    Array.from(textOf(page).matchAll(/npx cardea ([a-z][^\n`#]*)/g), ([, line]) => line!.trim())
      .filter((line) => !isKnown(program, line.split(/\s+/)))
      .map((line) => `${page}: ${line}`),
  )
  expect(unknown).toEqual([])
})

it('the README’s tree shows folders and files that there are', () => {
  const [, tree = ''] = /## The tree\n\n```\n(.*?)```/s.exec(textOf('README.md')) ?? []
  const names = tree.split('\n').flatMap((line) => line.split('   ')[0]!.trim().split(/\s+/))
  const missing = names
    .filter((name) => name !== '' && name !== 'src/generated/')
    .filter((name) => !existsSync(join(repository, name)))
  expect([names.length > 10, missing]).toEqual([true, []])
})

function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!)
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, heading]) => heading!)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Every command with its options, as `cardea.ts` puts them together. */
async function wholeProgram(): Promise<Command> {
  const program = new Command('cardea')
  const folder = join(repository, 'scripts/commands')
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
    const exported = (await import(join(folder, file))) as Record<string, unknown>
    for (const [name, add] of Object.entries(exported)) {
      if (/^add[A-Z]/.test(name)) (add as (program: Command) => void)(program)
    }
  }
  return program
}

/** Follows the words to the innermost command; then every flag has to be one of it. */
function isKnown(program: Command, words: readonly string[]): boolean {
  let at = program
  for (const word of words) {
    const next = at.commands.find((one) => one.name() === word)
    if (next === undefined) break
    at = next
  }
  const flags = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split(/[=\]]/)[0]!)
  const known = new Set(at.options.map(({ long }) => long))
  return at !== program && flags.every((flag) => flag === '--help' || known.has(flag))
}
