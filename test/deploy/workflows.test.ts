import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { addDeploy } from '../../scripts/commands/deploy.ts'
import { addPreview } from '../../scripts/commands/preview.ts'
import { addRollback } from '../../scripts/commands/rollback.ts'
import { addSync } from '../../scripts/commands/sync.ts'
import { repository } from '../harness/gateway.ts'

interface Workflow {
  readonly on: unknown
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<string, { readonly if?: string; readonly steps: readonly Step[]; readonly env?: object }>
  >
}

interface Step {
  readonly if?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

const folder = join(repository, '.github/workflows')
const files = readdirSync(folder)
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')

describe.each(files)('the workflow %s', (file) => {
  const text = textOf(file)
  const { on, permissions, jobs } = parse(text) as Workflow
  const steps = Object.values(jobs).flatMap((job) => job.steps)

  it('gives strangers nothing: no foreign trigger, only what it has to write', () => {
    expect(JSON.stringify(on)).not.toContain('pull_request_target')
    const writes = Object.entries(permissions).filter(([, may]) => may !== 'read')
    expect(writes).toEqual(file === 'preview.yml' ? [['pull-requests', 'write']] : [])
  })

  it('puts no name that others choose into a script', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([])
  })

  it('does nothing on Cloudflare in a clone without its token', () => {
    for (const { run, if: condition } of steps) {
      if (run?.includes('cardea ')) expect(condition).toBe("env.HAS_ACCESS == 'true'")
    }
  })

  it('hands Cloudflare’s token to no step but those that use it', () => {
    for (const { run, env = {} } of steps) {
      expect('CLOUDFLARE_API_TOKEN' in env).toBe(run?.startsWith('npx cardea ') ?? false)
    }
  })
})

it('every command in workflows and in the file for GitLab has the flags it is given', () => {
  const gitlab = readFileSync(join(repository, 'docs/gitlab-ci.yml'), 'utf8')
  expect(() => parse(gitlab) as unknown).not.toThrow()
  const lines = [...files.map(textOf), gitlab].flatMap((text) =>
    Array.from(text.matchAll(/npx cardea (.*)/g), ([, rest]) => rest!),
  )
  const program = new Command()
  for (const add of [addDeploy, addPreview, addRollback, addSync]) add(program)
  const said = lines.map((line) => {
    const words = line.split(' ').filter((word) => !word.startsWith('"'))
    let command = program
    for (const word of words)
      command = command.commands.find((one) => one.name() === word) ?? command
    const flags = words.filter((word) => word.startsWith('--'))
    return flags.filter((flag) => !command.options.some(({ long }) => long === flag))
  })
  expect([lines.length, said.flat()]).toEqual([7, []])
})
