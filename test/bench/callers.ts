/**
 * `node test/bench/callers.ts [64|caller|empty] [callers] [per second] [policies] [window in seconds]`: resident memory of
 * a whole workerd while ever new callers are counted, in either layout of `src/stores/counters`. Each caller takes
 * one token of a `strict` limit of each policy, through the isolate's store and a real Durable Object on disk. With
 * `empty` each caller has an object that does nothing and stores nothing: what is left is workerd's own. Linux.
 *
 * A handler of the bench's own counts a batch of callers in each request, because a million HTTP requests
 * would mostly measure HTTP.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { pause, startOwnGateway, textOf } from './own-gateway.ts'

const layout = ['caller', 'empty'].find((name) => name === process.argv[2]) ?? '64'
const callers = Number(process.argv[3] ?? 1_000_000)
const perSecond = Number(process.argv[4] ?? Number.POSITIVE_INFINITY)
const policies = Number(process.argv[5] ?? 1)
const windowSeconds = Number(process.argv[6] ?? 3600)
/** Callers of one request. Starting an object takes longer than asking one. */
const BATCH = layout === '64' ? Math.ceil(500 / policies) : 50
const REQUESTS_AT_ONCE = layout === '64' ? 2 : 6
/** Each object that lives has three files open, and a process may have so many (`ulimit -n`). */
const OPEN_FILES_MAX = 15_000
/** Longer than workerd remembers an idle object: ten seconds alive, then an entry for up to 140. */
const AFTERWARDS_SECONDS = layout === '64' ? 20 : 160
const MARKS = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

const gateway = await startOwnGateway({
  config: {
    'handlers/fill.ts': fillHandler(),
    'policies.json': {},
    'routes.oas.json': {
      openapi: '3.1.2',
      info: { title: 'Callers', version: '1' },
      paths: { '/fill': { 'x-handler': 'fill' } },
    },
  },
  variables: { CARDEA_PLATFORM: layout === '64' ? 'workerd' : 'cloudflare' },
  ...(layout === 'empty' && { worker: emptyWorker() }),
})
console.log(`layout ${layout}, a window of ${windowSeconds} s; memory and disk in MiB`)
console.log(' callers   seconds  resident  anonymous  files   disk     open')
await fill()
process.exit()

async function fill(): Promise<void> {
  const startMs = performance.now()
  const elapsed = () => (performance.now() - startMs) / 1000
  report(0, 0)
  let next = 0
  let dueSeconds = 0
  for (const mark of MARKS.map((share) => Math.round((share * callers) / BATCH) * BATCH)) {
    const work = async () => {
      while (next < mark) {
        const first = next
        next += BATCH
        // what a busy machine missed is not made up for: more objects than meant would live at once
        dueSeconds = Math.max(dueSeconds + BATCH / perSecond, elapsed())
        if (dueSeconds > elapsed()) await pause(dueSeconds - elapsed())
        while (openFiles() > OPEN_FILES_MAX) await pause(1)
        const path = `/fill?first=${first}&count=${BATCH}&policies=${policies}`
        const text = await textOf(gateway.url + path)
        if (text !== String(BATCH * policies)) throw new Error(text)
      }
    }
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work))
    report(mark, elapsed())
  }
  await pause(AFTERWARDS_SECONDS)
  report(callers, elapsed())
}

function openFiles(): number {
  return readdirSync(`/proc/${gateway.process.pid}/fd`).length
}

function report(count: number, seconds: number): void {
  const status = readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8')
  const mib = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024)
  const memory = [mib('VmRSS'), mib('RssAnon'), mib('RssFile')]
  const cells = [count, Math.round(seconds), ...memory, disk(), openFiles()]
  console.log(cells.map((cell) => String(cell).padStart(8)).join('  '))
}

/** The file systems are shared with everybody, so the files themselves are counted. */
function disk(): number {
  // files that go while it looks are told on its standard error
  const { stdout } = spawnSync('du', ['-sm', gateway.state], { encoding: 'utf8' })
  return Number.parseInt(stdout, 10)
}

/** The floor: as many objects, asked as often, that only answer. */
function emptyWorker(): string {
  return `import { DurableObject } from 'cloudflare:workers'
export class Counters extends DurableObject { async take() { return 1 } }
export class Registry extends DurableObject {}
export class Revocations extends DurableObject {}
export default {
  async fetch({ url }, { COUNTERS }) {
    const asked = new URL(url).searchParams
    const first = Number(asked.get('first'))
    const names = Array.from({ length: Number(asked.get('count')) }, (_, at) => 'caller ' + (first + at))
    const answers = await Promise.all(names.map((name) => COUNTERS.getByName(name).take()))
    return new Response(String(answers.length))
  },
}
`
}

/** What the route does: a token for each of so many callers. */
function fillHandler(): string {
  return `import { defineHandler } from '#gateway'

const limits = [{ name: 'one', algorithm: 'sliding-window', limit: 100, windowMs: ${windowSeconds * 1000} }] as const

export default defineHandler({
  summary: 'Counts many callers.',
  needs: ['counters'],
  options: {},
  setup(_, { counters }) {
    return async ({ query }) => {
      const asked = new URLSearchParams(query)
      const first = Number(asked.get('first'))
      const names = Array.from({ length: Number(asked.get('count')) }, (_, at) => 'caller ' + (first + at))
      const decisions = await Promise.all(
        names.flatMap((caller) =>
          Array.from({ length: Number(asked.get('policies')) }, (_, at) =>
            counters!.take({ policy: 'p' + at, caller, limits, mode: 'strict' }),
          ),
        ),
      )
      const wrong = decisions.find(({ outcome }) => outcome !== 'allowed')
      return new Response(wrong?.reason ?? wrong?.outcome ?? String(decisions.length))
    }
  },
})
`
}
