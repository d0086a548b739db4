import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Has a process killed as soon as this one is gone, however it went: `kill -9` leaves nobody to do it. A shell waits at the end
 * of a pipe whose other end only we hold; the system closes that with us. Without waiting for requests: state survives it, and two
 * on one state folder would not.
 *
 * @returns to be called when the process has ended by itself, before its id is given to another one
 */
export function endWithUs(pid: number): () => void {
  const watcher = spawn('/bin/sh', ['-c', 'read -r _ || kill -KILL "$1"', 'sh', String(pid)], {
    // a session of its own: Ctrl-C is for us, and must not end it first
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const pipe = watcher.stdin as Socket
  // where there is no shell, or it has been killed, nobody watches; that is no reason not to run
  for (const one of [watcher, pipe]) one.on('error', () => undefined)
  watcher.unref()
  pipe.unref()
  return () => pipe.end('\n')
}
