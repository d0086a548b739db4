import { connect } from 'node:net'
import { raw } from '../harness/raw.ts'
import { Random } from '../simulation/random.ts'

const TARGETS = [
  ...[
    'hang',
    'hang-mid-header',
    'reset-at-once',
    'reset-mid-header',
    'close-mid-header',
    'garbage',
    'two-lengths',
  ],
  ...[
    'reset-mid-body',
    'too-short',
    'reset-mid-chunk',
    'close-before-last-chunk',
    'bad-chunk',
    'ok',
    'ok',
  ],
]

/**
 * Requests of which nearly each goes wrong, some because the client leaves.
 * @param isOver asked before each
 * @returns how many answers there were of each status; 0 where the client left
 */
export async function faultyLoad(
  url: string,
  { seed, clients, isOver }: { seed: number; clients: number; isOver: (done: number) => boolean },
): Promise<ReadonlyMap<number, number>> {
  const random = new Random(seed)
  const statuses = new Map<number, number>()
  let begun = 0
  const one = async () => {
    while (!isOver(begun++)) {
      const target = `/up/${random.pick(TARGETS)}`
      const status = random.chance(0.1)
        ? await leave(url, target)
        : (await raw(url, get(target))).status
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: clients }, one))
  return statuses
}

const get = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n`

/** Resets the connection in the middle of an upload. */
function leave(url: string, target: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(0))
    socket.write(
      `POST ${target} HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
      () => setImmediate(() => socket.resetAndDestroy()),
    )
  })
}
