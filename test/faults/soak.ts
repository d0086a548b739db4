/**
 * Load under faults for a while, with what the process holds every few seconds:
 *
 *     node test/faults/soak.ts --minutes 10
 *
 * On loopback only, never in CI. Prints one line of JSON each, and a verdict; ends with 1 when memory grew.
 */
import { parseArgs } from 'node:util'
import { startFaulty } from './faulty-gateway.ts'
import { faultyLoad } from './faulty-load.ts'
import { workerdOf } from './house.ts'
import { type Figures, figuresOf } from './process-figures.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '50' },
  },
})
const minutes = Math.min(Number(values.minutes), 60)
const startedMs = performance.now()
const elapsedMs = () => performance.now() - startedMs
const { gateway, upstream, stop } = await startFaulty()
const pid = workerdOf(gateway)
const seen: (Figures & { readonly seconds: number })[] = []
let done = 0
const note = () => {
  const one = {
    seconds: Math.round(elapsedMs() / 1000),
    ...figuresOf(pid),
    connections: upstream.open(),
    done,
  }
  seen.push(one)
  upstream.seen.length = 0
  upstream.started.length = 0
  upstream.broken.length = 0
  console.log(JSON.stringify(one))
}
const timer = setInterval(note, 5000)
const statuses = await faultyLoad(gateway.url, {
  seed: 1,
  clients: Number(values.clients),
  isOver: (begun) => {
    done = begun
    return elapsedMs() > minutes * 60_000
  },
})
clearInterval(timer)
note()
await stop()
// the first third is for warming up
const settled = seen.filter(({ seconds }) => seconds > (minutes * 60) / 3)
const half = Math.floor(settled.length / 2)
const mean = (list: readonly Figures[]) =>
  list.reduce((sum, { megabytes }) => sum + megabytes, 0) / list.length
const grown = mean(settled.slice(half)) - mean(settled.slice(0, half))
console.log(
  JSON.stringify({
    requests: done,
    statuses: Object.fromEntries(statuses),
    grownMegabytes: Math.round(grown * 10) / 10,
  }),
)
process.exitCode = grown > 20 ? 1 : 0
