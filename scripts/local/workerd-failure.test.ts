import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { startWorkerd } from './workerd.ts'
import { startFailure } from './workerd-failure.ts'

/** Each as workerd 1.2026 writes it, with the beginning of its stack. */
const fatal = (text: string) =>
  `*** Fatal uncaught kj::Exception: ${text}\nstack: /srv/bin/workerd@59bacff /srv/bin/workerd@59ba1bf\n`
const sqlite = (text: string) =>
  fatal(`workerd/util/sqlite.c++:1716: failed: SQLite failed; dbErrorMessage(err, db) = ${text}`)

it.each([
  [
    sqlite('disk I/O error: SQLITE_IOERR (extended: SQLITE_IOERR_WRITE)'),
    'SQLITE_IOERR_WRITE',
    'Look whether the disk is full and this user may write to that folder',
  ],
  [sqlite('database or disk is full: SQLITE_FULL'), 'SQLITE_FULL', 'Free some space'],
  [
    sqlite('attempt to write a readonly database: SQLITE_READONLY'),
    'SQLITE_READONLY',
    'Mount it for writing, or name another folder: --state DIR',
  ],
  [
    fatal(
      'kj/filesystem-disk-unix.c++:883: failed: mkdirat(fd, path): Permission denied; path = cardea-Counters',
    ),
    'Permission denied',
    'Let this user write there, or name another folder: --state DIR',
  ],
  [
    'sh: 2: cannot create /srv/state/data/.lock: Permission denied\n',
    'Permission denied',
    'Let this user write there, or name another folder: --state DIR',
  ],
])('tells of a disk that refuses in three lines, without a stack: %s', (said, reason, hint) => {
  expect(startFailure(said, '/srv/state/data').message).toBe(
    `workerd cannot write the state in '/srv/state/data': ${reason}.\nKeys and counts would be lost, so nothing was started.\n${hint}, then start again.`,
  )
})

it('passes on what it does not know, once', () => {
  expect(startFailure('workerd.capnp:3: Parse error.\n', '/srv/state/data').message).toBe(
    'workerd did not start.\nNothing answers requests. It said:\nworkerd.capnp:3: Parse error.\nIf that names no setting of yours, report it with the config.',
  )
})

it('writes nothing of it beside the error text, neither to a log nor to the terminal', async () => {
  const through = ['/bin/sh', '-c', 'echo "database or disk is full: SQLITE_FULL" >&2; exit 1']
  const config = join(tmpdir(), 'workerd.capnp')
  const told = 'workerd cannot write its state: SQLITE_FULL.\n'
  const lines: string[] = []
  const toLog = startWorkerd(config, { through, onLine: (line) => lines.push(line) })
  await expect(toLog).rejects.toThrow(told)
  expect(lines).toEqual([])
  const write = vi.spyOn(process.stderr, 'write')
  await expect(startWorkerd(config, { through })).rejects.toThrow(told)
  expect(write).not.toHaveBeenCalled()
  write.mockRestore()
})
