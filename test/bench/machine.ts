import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import type { Benchmark, Machine } from '../../scripts/docs/benchmark.ts'
import { repository } from '../harness/gateway.ts'

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: Number(loadavg()[0]!.toFixed(1)),
  }
}

export function versions(): Benchmark['versions'] {
  const packageFile = createRequire(import.meta.url).resolve('workerd/package.json')
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  return { cardea: commit(), workerd: version, node: process.versions.node }
}

function commit(): string {
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim()
  try {
    const isChanged = git('status', '--porcelain', 'src', 'durable-objects') !== ''
    return git('rev-parse', '--short', 'HEAD') + (isChanged ? ' with changes' : '')
  } catch {
    return 'unknown'
  }
}
