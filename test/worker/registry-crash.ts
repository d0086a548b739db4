import { env, runInDurableObject } from 'cloudflare:test'
import { expect } from 'vitest'
import { Registry, type RegistryWorld } from '../../durable-objects/registry.ts'
import { storedName } from '../../src/lib/api-key.ts'

const { REGISTRY } = env as unknown as { REGISTRY: DurableObjectNamespace }

/**
 * One life after the other, each ended at another step of the same history.
 *
 * @returns at how many steps
 */
export async function crashAtEachStep(seed: number, changes: number): Promise<number> {
  const { steps } = await simulate({ seed, changes, crashAt: () => false, kvFails: 0 })
  for (let step = 1; step <= steps; step++) {
    await simulate({ seed, changes, crashAt: (at) => at === step, kvFails: 0 })
  }
  return steps
}

/** @returns how many crashes there were in all histories */
export async function crashOften(seeds: number): Promise<number> {
  let crashes = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const random = randomness(seed * 7919)
    const crashAt = () => random() < 0.08
    crashes += (await simulate({ seed, changes: 60, crashAt, kvFails: 0.1 })).crashes
  }
  return crashes
}

interface Plan {
  seed: number
  changes: number
  crashAt: (step: number) => boolean
  kvFails: number
}

/**
 * A registry whose life ends at any step: before a transaction commits, after it but before the alarm is set,
 * before KV is written, after that but before the outbox is cleared, and at the end of an alarm. The next life
 * finds only what was on disk. Whatever was acknowledged must be there, and KV must agree in the end.
 */
async function simulate(plan: Plan): Promise<{ steps: number; crashes: number }> {
  // one object for all runs, emptied before each: a new one takes longer than a run
  return runInDurableObject(REGISTRY.getByName('crash'), async (_, state) => {
    await state.storage.deleteAll()
    const life = new Simulation(state, plan)
    await life.run()
    return { steps: life.steps, crashes: life.crashes }
  })
}

class Crash extends Error {}

/** What the outside believes: the status of each key, by its hash; undefined once deleted. */
type Model = Map<string, string>

class Simulation {
  steps = 0
  crashes = 0
  readonly #state: DurableObjectState
  readonly #plan: Plan
  readonly #random: () => number
  readonly #kv = new Map<string, string>()
  readonly #hashes: string[] = []
  #model: Model = new Map()
  #nowMs = 1_800_000_000_000
  #alarmMs: number | undefined
  #life = 0
  #isDead = false
  #registry: Registry
  #died: Promise<never> | undefined
  #die: (crash: Crash) => void = () => {}

  constructor(state: DurableObjectState, plan: Plan) {
    this.#state = state
    this.#plan = plan
    this.#random = randomness(plan.seed)
    this.#registry = this.#begin()
  }

  async run(): Promise<void> {
    await this.#alive(() => this.#registry.createConsumer({ id: 'c0' }, 'sim'))
    for (let i = 0; i < this.#plan.changes; i++) {
      await this.#changeSomething(i)
      this.#nowMs += Math.floor(this.#random() * 2000)
      if (this.#random() < 0.5) continue
      // now and then something changes while the alarm is writing
      const alarm = this.#alarm()
      if (this.#random() < 0.5) await this.#changeSomething(i + this.#plan.changes)
      await alarm
    }
    await this.#bringToRest()
    this.#expectAgreement()
  }

  /** A new life on the same disk. Whatever the old one still does, it does in vain. */
  #begin(): Registry {
    const life = ++this.#life
    this.#alarmMs = undefined
    this.#died = new Promise((_, reject) => (this.#die = reject))
    this.#died.catch(() => {})
    const step = () => this.#step(life)
    const world: RegistryWorld = {
      now: () => {
        step()
        return this.#nowMs
      },
      randomBytes: (count) => Uint8Array.from({ length: count }, () => this.#random() * 256),
      setAlarm: (atMs) => {
        step()
        this.#alarmMs = atMs
      },
    }
    const write = (change: () => void) => async () => {
      await this.#untilDeath(life, step)
      if (this.#random() < this.#plan.kvFails) throw new Error('KV is down')
      change()
      await this.#untilDeath(life, step)
    }
    const KEYS = {
      put: (name: string, value: string) => write(() => this.#kv.set(name, value))(),
      delete: (name: string) => write(() => this.#kv.delete(name))(),
    }
    return new Registry(this.#state, { KEYS }, world)
  }

  #step(life: number): void {
    if (life !== this.#life) throw new Crash()
    this.steps++
    if (!this.#plan.crashAt(this.steps)) return
    this.crashes++
    this.#life++
    this.#isDead = true
    const crash = new Crash(`at step ${this.steps}`)
    this.#die(crash)
    throw crash
  }

  /** What a dead object awaits never comes, so that nothing after it runs. */
  async #untilDeath(life: number, step: () => void): Promise<void> {
    await Promise.resolve()
    try {
      step()
    } catch {
      await new Promise(() => {})
    }
    if (life !== this.#life) await new Promise(() => {})
  }

  /** @returns undefined when the object died before it answered */
  async #alive<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await Promise.race([work(), this.#died!])
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      if (this.#isDead) this.#restart()
      return undefined
    }
  }

  #restart(): void {
    for (let attempts = 0; attempts < 1000; attempts++) {
      try {
        this.#registry = this.#begin()
        this.#isDead = false
        return
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
    }
    throw new Error('it never came to life again')
  }

  async #alarm(): Promise<void> {
    if (this.#alarmMs === undefined) return
    this.#nowMs = Math.max(this.#nowMs, this.#alarmMs)
    this.#alarmMs = undefined
    await this.#alive(() => this.#registry.alarm())
  }

  async #changeSomething(i: number): Promise<void> {
    const known = [...this.#model.keys()]
    const hash = known[Math.floor(this.#random() * known.length)]
    const fresh = `h${i}`.padEnd(43, '0')
    const deeds = ['create', 'create', 'disable', 'revoke', 'delete', 'roll', 'consumer'] as const
    const deed = hash === undefined ? 'create' : deeds[Math.floor(this.#random() * deeds.length)]!
    const after = new Map(this.#model)
    if (deed === 'create' || deed === 'roll') this.#hashes.push(fresh)
    const outcome = await this.#alive(() => this.#deed(deed, hash ?? '', fresh, after))
    const actual = this.#onDisk()
    if (outcome !== undefined) {
      // acknowledged: it is on disk, exactly as told
      expect(outcome.ok ? after : this.#model).toEqual(actual)
    } else {
      // not acknowledged: it has happened or it has not, nothing in between
      expect([this.#model, after]).toContainEqual(actual)
    }
    this.#model = actual
  }

  #deed(
    deed: string,
    hash: string,
    fresh: string,
    after: Model,
  ): Promise<{ readonly ok: boolean }> {
    const minted = {
      id: `key_${fresh}`,
      hash: fresh,
      mode: 'live',
      start: '',
      lastFour: '',
    } as const
    const id = `key_${hash}`
    const change = (status: string) => {
      if (after.get(hash) !== 'revoked') after.set(hash, status)
      return this.#registry.updateKey(id, { set: { status }, version: null }, 'sim')
    }
    if (deed === 'disable') return change('disabled')
    if (deed === 'revoke') return change('revoked')
    if (deed === 'delete') {
      after.delete(hash)
      return this.#registry.deleteKey(id, null, 'sim')
    }
    if (deed === 'consumer') {
      const set = { metadata: { round: fresh } }
      return this.#registry.updateConsumer('c0', { set, version: null }, 'sim')
    }
    after.set(fresh, 'active')
    if (deed === 'create') return this.#registry.createKey('c0', {}, minted, 'sim')
    const roll = { graceMs: 1000, all: false, version: null }
    return this.#registry.rollKey(id, roll, minted, 'sim')
  }

  #onDisk(): Model {
    const rows = this.#state.storage.sql.exec<{ hash: string; status: string }>(
      `SELECT hash, status FROM keys ORDER BY id`,
    )
    return new Map(rows.toArray().map(({ hash, status }) => [hash, status]))
  }

  /** Alarms until none is due; crashes and failures of KV go on. */
  async #bringToRest(): Promise<void> {
    for (let alarms = 0; alarms < 2000; alarms++) {
      const left = this.#state.storage.sql.exec(`SELECT 1 FROM outbox LIMIT 1`).toArray().length
      if (left === 0) return
      // an alarm is due whenever something is left to write, also after a crash
      expect(this.#alarmMs).toBeDefined()
      await this.#alarm()
    }
    throw new Error('KV and registry never came to agree')
  }

  #expectAgreement(): void {
    const { sql } = this.#state.storage
    for (const hash of this.#hashes) {
      const held = this.#kv.get(storedName(hash))
      const value = held === undefined ? undefined : (JSON.parse(held) as Held)
      const row = sql
        .exec(
          `SELECT k.status, k.version, c.metadata, c.version AS consumer_version
           FROM keys k JOIN consumers c ON c.id = k.consumer WHERE k.hash = ?`,
          hash,
        )
        .toArray()[0]
      const fromKv = value && {
        status: value.key.status,
        version: value.key.version,
        metadata: JSON.stringify(value.consumer.metadata),
        consumer_version: value.consumer.version,
      }
      expect(fromKv).toEqual(row)
    }
  }
}

interface Held {
  key: { status: string; version: number }
  consumer: { metadata: unknown; version: number }
}

/** mulberry32: small, and the same everywhere. */
function randomness(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
