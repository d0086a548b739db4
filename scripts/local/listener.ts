import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** A process that listens on a port. */
export interface Listener {
  readonly pid: number
  /** `workerd`, `node`. */
  readonly name: string
}

/** Who listens there, as far as Linux tells this user: `proc(5)`, `/proc/net/tcp`. Undefined elsewhere. */
export function listenerOf(port: number): Listener | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => socketsOn(table, port)))
  if (inodes.size === 0) return undefined
  const pids = read(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name))) ?? []
  const pid = pids.find((one) => descriptors(one).some((target) => inodes.has(target)))
  // not `comm`, which Node sets to `MainThread`
  const name = pid && read(() => basename(readlinkSync(`/proc/${pid}/exe`)))
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name }
}

/** As the links of `/proc/PID/fd` name them. */
function socketsOn(table: string, port: number): readonly string[] {
  const lines = read(() => readFileSync(`/proc/net/${table}`, 'utf8').split('\n')) ?? []
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    const isIt = state === LISTEN && Number.parseInt(local.split(':')[1]!, 16) === port
    return isIt ? [`socket:[${inode}]`] : []
  })
}

const descriptors = (pid: string): readonly string[] =>
  (read(() => readdirSync(`/proc/${pid}/fd`)) ?? []).map(
    (fd) => read(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '',
  )

const LISTEN = '0A'

/** Undefined for what is gone, not there, or somebody else's. */
function read<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
