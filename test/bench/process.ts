import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** CPU time of all threads of a process since its start, in microseconds. Linux. */
export function cpuMicros(pid: number): number {
  let sum = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // the thread ended in between
    }
  }
  return sum / 1000
}

/**
 * Memory of a few processes in MiB: what each has for itself, and once what all of them may have in
 * common (the program, its libraries, shared memory).
 */
export function residentMiB(pids: readonly number[]): number {
  const kib = (pid: number, name: string) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  }
  const own = pids.reduce((sum, pid) => sum + kib(pid, 'RssAnon'), 0)
  const shared = Math.max(...pids.map((pid) => kib(pid, 'RssFile') + kib(pid, 'RssShmem')))
  return (own + shared) / 1024
}

/** A process and all that it has started. */
export function family(pid: number): readonly number[] {
  // a thread may end in between; the first one lives as long as the process
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}/children`)
  const children = threads
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split(' ').filter(Boolean))
  return [pid, ...children.flatMap((child) => family(Number(child)))]
}

/** Binds all threads of a process to one core, and those that they start. */
export function pin(pid: number, core: number): void {
  try {
    execFileSync('taskset', ['-a', '-pc', String(core), String(pid)], { stdio: 'ignore' })
  } catch {
    console.error('taskset is missing: the figures will be noisier')
  }
}
