/**
 * `npm run bench:instructions -- [NAME…]`: how many instructions workerd executes for a warm request, counted by
 * Valgrind (Debian: `valgrind`). Unlike time this does not depend on what else the machine does, so it shows a change of
 * one per cent; it leaves out what the kernel does. Names choose rows; `steps` is the plain route's work by hand,
 * one step after the other.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asked, type Asked, requestBytes } from './asked.ts'
import { isWhole } from './load.ts'
import { type ByHand, type Program, programs } from './programs.ts'
import { floor, rows } from './rows.ts'
import { Builder, type Workers } from './workers.ts'

/** Until the engine has compiled what is hot. */
const WARM = 3_000
/** One count is over so many requests; garbage is collected within some of them. */
const COUNTED = 100
const COUNTS = 9

const chosen = process.argv.slice(2)
const isChosen = (name: string) => chosen.length === 0 || chosen.some((one) => name.includes(one))
const list = rows.filter(({ name, connections }) => connections === 16 && isChosen(name))
const ladders = isChosen('steps') ? [orderSteps(), postSteps()] : []
const folder = mkdtempSync(join(tmpdir(), 'cardea-instructions-'))
const upstream = spawn(process.execPath, [join(import.meta.dirname, 'upstream.ts')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const counting = [
  ...['valgrind', '--tool=callgrind', '--instr-atstart=no', '--smc-check=all-non-file'],
  ...[`--callgrind-out-file=${folder}/counts`, `--log-file=${folder}/valgrind.log`],
]
let workers: Workers | undefined
try {
  const [port] = (await once(upstream.stdout, 'data')) as [Buffer]
  const builder = new Builder(folder, `127.0.0.1:${port.toString().trim()}`)
  const built = await builder.all([
    ...[floor, ...list.flatMap((row) => [row.gateway, row.byHand])],
    ...ladders.flatMap(({ steps }) => steps.map(({ program }) => program)),
  ])
  workers = await builder.start(built.values(), 0, counting)
  const portOf = (one: Program | ByHand) => workers!.port(built.get(one)!)
  console.log('thousands of instructions a request: floor, by hand, Cardea')
  for (const { name, asked: one, gateway, byHand } of list) {
    const credentials = (await gateway.credentials?.(`http://127.0.0.1:${portOf(gateway)}`)) ?? []
    const request = requestBytes(one, credentials)
    const atFloor = await count(portOf(floor), requestBytes(one))
    const atHand = await count(portOf(byHand), request)
    const ours = await count(portOf(gateway), request)
    const figures = [atFloor, atHand, ours].map((one) => (one / 1000).toFixed(1).padStart(8))
    const ratios = `${(atFloor / ours).toFixed(3)} of the floor, ${(ours / atHand).toFixed(3)} to by hand`
    console.log(`${name.padEnd(60)} ${figures.join(' ')}   ${ratios}`)
  }
  for (const { title, request, steps } of ladders) {
    console.log(`\n${title}, thousands of instructions: in all, more than before`)
    let before = Number.NaN
    for (const { what, program } of steps) {
      const found = await count(portOf(program), requestBytes(request))
      const more = Number.isNaN(before) ? '' : ((found - before) / 1000).toFixed(1)
      console.log(`${what.padEnd(60)} ${(found / 1000).toFixed(1).padStart(8)} ${more.padStart(8)}`)
      before = found
    }
  }
} finally {
  await workers?.stop()
  upstream.kill()
  rmSync(folder, { recursive: true, force: true })
}

/** The median of the lower half: what is above had more than its share of garbage, or code that was still cold. */
async function count(port: number, request: Buffer): Promise<number> {
  await ask(port, request, WARM)
  control('--instr=on')
  control('--zero')
  // the first count holds the translation of the code
  await ask(port, request, COUNTED)
  dumped()
  const found: number[] = []
  for (let i = 0; i < COUNTS; i++) {
    await ask(port, request, COUNTED)
    found.push(dumped() / COUNTED)
  }
  control('--instr=off')
  return found.toSorted((one, other) => one - other)[Math.floor(COUNTS / 4)]!
}

/** Instructions since the last time. */
function dumped(): number {
  control('--dump')
  const number = (file: string) => Number(/^counts\.(\d+)$/.exec(file)?.[1] ?? 0)
  const file = readdirSync(folder).toSorted((one, other) => number(other) - number(one))[0]!
  return Number(/^(?:totals|summary): (\d+)/m.exec(readFileSync(join(folder, file), 'utf8'))?.[1])
}

function control(what: string): void {
  execFileSync('callgrind_control', [what, String(workers!.pid)], { stdio: 'ignore' })
}

async function ask(port: number, request: Buffer, times: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  for (let i = 0; i < times; i++) {
    socket.write(request)
    let text = ''
    for (let head = -1; head < 0 || !isWhole(text, head); head = text.indexOf('\r\n\r\n')) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      text += chunk.toString('latin1')
    }
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text)
  }
  socket.destroy()
}

interface Ladder {
  readonly title: string
  readonly request: Asked
  readonly steps: readonly { readonly what: string; readonly program: Program | ByHand }[]
}

function orderSteps(): Ladder {
  return {
    title: 'The plain route',
    request: asked.order,
    steps: [
      { what: 'bare pass-through', program: floor },
      { what: 'the address as a text instead of a URL', program: by('asText') },
      { what: 'one copy of the fields', program: by('copied') },
      { what: 'five fields set', program: by('told') },
      { what: 'the client’s address and a random id in them', program: by('known') },
      { what: 'a deadline', program: by('timed') },
      { what: 'the name of each field looked at', program: by('walked') },
      { what: 'Cardea: path, router, pipeline, hop-by-hop answer fields', program: programs.plain },
    ],
  }
}

function postSteps(): Ladder {
  return {
    title: 'A POST with 2 KB of JSON that is validated',
    request: asked.post,
    steps: [
      { what: 'the same, and the body streams', program: by('walked') },
      { what: 'the body read before it is sent', program: by('read') },
      { what: 'decoded, strictly', program: by('decoded') },
      { what: 'JSON.parse', program: by('parsed') },
      {
        what: 'Cardea: names that repeat, the schema, router, pipeline',
        program: programs.validation,
      },
    ],
  }
}

function by(name: string): ByHand {
  return { file: 'steps', name }
}
