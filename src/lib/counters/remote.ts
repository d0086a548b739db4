import type { TakeAnswer, TakeAsk, Tokens } from './ledger.ts'
import type { Limit } from './limit.ts'
import type { CallerReport } from './shard.ts'
import type { AcquireAnswer, AcquireAsk } from './slots.ts'

/** The calls of the Durable Object `Counters`, as its stub has them. `caller` is a digest. */
export interface RemoteCounters {
  take(caller: string, ask: TakeAsk): Promise<TakeAnswer>
  charge(caller: string, limits: readonly Limit[], tokens: number): Promise<void>
  refund(caller: string, limits: readonly Limit[], tokens: Tokens): Promise<void>
  acquire(caller: string, ask: AcquireAsk): Promise<AcquireAnswer>
  release(caller: string, slot: string): Promise<void>
  inspect(caller: string): Promise<CallerReport>
  reset(caller: string): Promise<void>
}
