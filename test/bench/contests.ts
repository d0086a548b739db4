import { asked, requestBytes } from './asked.ts'
import { peerKey } from './credentials.ts'
import { differences, shortcomings } from './equal.ts'
import type { Target } from './load.ts'
import type { Contest, Subject } from './measure.ts'
import { others, peers, type RunningPeer, startPeer } from './peers/peers.ts'
import { cpuMicros, residentMiB } from './process.ts'
import { type ByHand, type Program, programs } from './programs.ts'
import { floor, type Row, rows } from './rows.ts'
import type { Builder, Built, Workers } from './workers.ts'

/** What is measured has one core; client and upstream share another. */
export const CORES = { server: 0, client: 1 }

export interface Field {
  readonly contests: readonly Contest[]
  readonly missing: Readonly<Record<string, string>>
  readonly built: ReadonlyMap<Program | ByHand, Built>
  stop(): Promise<void>
}

/**
 * Starts everybody who takes part.
 *
 * @param chosen parts of names; none is all
 * @throws Error when somebody does not do the work of the row
 */
export async function prepare(
  builder: Builder,
  upstreamHost: string,
  folder: string,
  chosen: readonly string[],
): Promise<Field> {
  const isChosen = (name: string) => chosen.length === 0 || chosen.some((one) => name.includes(one))
  const list = rows.filter(({ name }) => isChosen(name))
  const withPeers = isChosen('peers')
  const needed = withPeers ? [programs.plain, programs.lease] : []
  const wanted = list.flatMap(({ gateway, byHand }) => [gateway, byHand])
  const built = await builder.all([floor, ...wanted, ...needed])
  const workers = await builder.start(built.values(), CORES.server)
  const servers = new Servers(workers, built)
  const running: RunningPeer[] = []
  const stop = async () => {
    for (const peer of running) peer.stop()
    await workers.stop()
  }
  try {
    const contests: Contest[] = [servers.control()]
    for (const row of list) contests.push(await servers.contest(row))
    const missing: Record<string, string> = {}
    for (const peer of withPeers ? peers : []) {
      const started = await startPeer(peer, upstreamHost, folder, CORES.server)
      if (typeof started === 'string') missing[peer.name] = started
      else running.push(started)
    }
    if (withPeers) {
      Object.assign(missing, others)
      contests.push(await servers.peerContest(running, false))
      contests.push(await servers.peerContest(running, true))
    }
    return { contests, missing, built, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

class Servers {
  readonly #workers: Workers
  readonly #built: ReadonlyMap<Program | ByHand, Built>
  readonly #credentials = new Map<Program, readonly string[]>()

  constructor(workers: Workers, built: ReadonlyMap<Program | ByHand, Built>) {
    this.#workers = workers
    this.#built = built
  }

  /** The floor against itself tells how far the figures of this machine can be trusted. */
  control(): Contest {
    const target = this.#target(floor, requestBytes(asked.order))
    const subjects: readonly Subject[] = [
      { role: 'floor', name: 'bare pass-through', target },
      { role: 'floor', name: 'the same again', target },
    ]
    return { name: 'the floor against itself', kind: 'control', ...USUAL, subjects }
  }

  async contest({ name, asked: one, connections, gateway, byHand }: Row): Promise<Contest> {
    const credentials = await this.#credentialsOf(gateway)
    const ports = [this.#port(gateway), this.#port(byHand)] as const
    const different = await differences(one, credentials, ports)
    if (different.length > 0) {
      throw new Error(`${name}: the work by hand is another.\n${different.join('\n')}`)
    }
    const request = requestBytes(one, credentials)
    const target = (server: Program | ByHand, bytes = request) => ({
      ...this.#target(server, bytes),
      connections,
      asked: one,
    })
    const subjects: readonly Subject[] = [
      { role: 'floor', name: 'bare pass-through', target: target(floor, requestBytes(one)) },
      { role: 'by hand', name: 'equal work by hand', target: target(byHand) },
      { role: 'gateway', name: 'Cardea', target: target(gateway) },
    ]
    // a slice has to hold a few whole streams
    const sliceMs = one === asked.events ? 500 : USUAL.sliceMs
    return { name, kind: 'row', connections, sliceMs, subjects }
  }

  async peerContest(running: readonly RunningPeer[], isLimited: boolean): Promise<Contest> {
    const gateway = isLimited ? programs.lease : programs.plain
    const subjects: Subject[] = [
      {
        role: 'floor',
        name: 'bare pass-through',
        target: this.#target(floor, requestBytes(asked.order)),
      },
      {
        role: 'gateway',
        name: 'Cardea',
        target: this.#target(
          gateway,
          requestBytes(asked.order, await this.#credentialsOf(gateway)),
        ),
      },
    ]
    for (const one of running.filter(({ peer }) => peer.isLimited === isLimited)) {
      const { peer, port, version } = one
      const credentials = isLimited ? [`X-API-Key: ${peerKey}`] : []
      const faults = await shortcomings(port, isLimited, credentials, peer.less)
      if (faults.length > 0) throw new Error(`${peer.name}: ${faults.join('; ')}`)
      const request = requestBytes(asked.order, credentials)
      subjects.push({
        role: 'peer',
        name: peer.name,
        version,
        ...(peer.less !== undefined && { less: peer.less }),
        target: { port, request, ...USUAL, asked: asked.order, cpuMicros: one.cpuMicros },
        memoryMiB: () => residentMiB(one.pids()),
      })
    }
    const name = isLimited ? 'peers: key and limit' : 'peers: plain proxy'
    return { name, kind: 'peers', ...USUAL, subjects }
  }

  #target(server: Program | ByHand, request: Buffer): Target {
    return {
      port: this.#port(server),
      request,
      connections: USUAL.connections,
      asked: asked.order,
      cpuMicros: () => cpuMicros(this.#workers.pid),
    }
  }

  #port(server: Program | ByHand): number {
    return this.#workers.port(this.#built.get(server)!)
  }

  async #credentialsOf(program: Program): Promise<readonly string[]> {
    let known = this.#credentials.get(program)
    if (known === undefined) {
      known = (await program.credentials?.(`http://127.0.0.1:${this.#port(program)}`)) ?? []
      this.#credentials.set(program, known)
    }
    return known
  }
}

const USUAL = { connections: 16, sliceMs: 150 }
