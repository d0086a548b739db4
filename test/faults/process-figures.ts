import { readdirSync, readFileSync } from 'node:fs'

export interface Figures {
  /** Resident memory. */
  readonly megabytes: number
  /** Open files, sockets among them. */
  readonly files: number
}

/** What a process holds, as Linux tells it. */
export function figuresOf(pid: number): Figures {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return { megabytes: Number(kilobytes) / 1024, files: readdirSync(`/proc/${pid}/fd`).length }
}
