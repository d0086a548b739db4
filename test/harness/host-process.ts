/** Of `startHost`: runs gateways as `serve` does, one after the other, without starting Node for each. */
import { format } from '../../scripts/compile/messages.ts'
import { Runner, type RunOptions } from '../../scripts/local/runner.ts'

export interface Asked {
  /** Undefined: the gateway that runs is to stop. */
  readonly start?: Pick<RunOptions, 'config' | 'state' | 'variables' | 'upstream'>
}

export interface Answered {
  readonly url?: string
  /** What is wrong with the config, or what was thrown. */
  readonly wrong?: string
}

let runner: Runner | undefined

process.on('message', ({ start }: Asked) => {
  const work = start === undefined ? stop() : run(start)
  work.then(answer, (error: unknown) => answer({ wrong: String(error) }))
})
// whoever asked has ended, or is done
process.on('disconnect', () => void stop().finally(() => process.exit()))

const answer = (answered: Answered) => void process.send!(answered)

async function run(start: NonNullable<Asked['start']>): Promise<Answered> {
  runner = new Runner({
    ...start,
    host: '127.0.0.1',
    port: 0,
    cacheBytesMax: 1 << 20,
    isMinified: true,
    graceMs: 200,
  })
  const { isGood, messages } = await runner.start(() => undefined)
  return isGood ? { url: runner.url } : { wrong: messages.map(format).join('\n') }
}

async function stop(): Promise<Answered> {
  await runner?.stop()
  runner = undefined
  return {}
}
