import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Compiled } from '../compile/compile.ts'
import { fileSecrets } from '../deploy/secrets.ts'
import { type LocalFlags, port, withLocalFlags } from '../local/flags.ts'
import { Log, type LogForm } from '../local/log.ts'
import { logMessages, printMessages, summary } from '../local/print.ts'
import { Runner, UserError } from '../local/runner.ts'
import { stopOnSignals } from '../local/signals.ts'
import { faultText, UNHEARD } from '../local/tell-faults.ts'
import { readKeypair } from '../local/tls.ts'

export function addServe(program: Command): void {
  withLocalFlags(program.command('serve'))
    .description('run the gateway on this machine, for production')
    .option('--grace <seconds>', 'how long requests under way may take after SIGTERM', seconds, 10)
    .option(
      '--drain <seconds>',
      'how long before that /readyz says 503, all still served',
      seconds,
      0,
    )
    .option('--secrets-file <file>', 'values of secrets: NAME=value lines, or JSON')
    .option('--tls-cert <file>', 'speak TLS: the certificate and those of its issuers, PEM')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--health-port <number>', '/healthz and /readyz, on a port of their own', port)
    .option('--health-host <address>', 'address of that port', '127.0.0.1')
    .addOption(
      new Option('--log <form>', 'for people or for collectors')
        .choices(['json', 'text'])
        .default(process.stdout.isTTY ? 'text' : 'json', 'text on a terminal, else json'),
    )
    .action(async (flags: ServeFlags) => {
      const log = new Log(flags.log)
      try {
        await serve(flags, log)
      } catch (error) {
        if (!(error instanceof UserError) || flags.log === 'text') throw error
        log.say('error', 'ended', error.message)
        process.exitCode = 1
      }
    })
}

async function serve(flags: ServeFlags, log: Log): Promise<void> {
  const runner = runnerOf(flags, log)
  stopOnSignals(async (hurry) => {
    const within = flags.drain + flags.grace
    log.say('info', 'stopping', hurry ? 'Stopping at once.' : `Stopping within ${within} s.`)
    if (!hurry && flags.drain > 0) await runner.drain(flags.drain)
    await runner.stop(hurry)
    log.say('info', 'stopped', 'Stopped.')
  })
  const isText = flags.log === 'text'
  const compiled = await started(runner, isText ? printMessages : (one) => logMessages(one, log))
  if (runner.isStopping) return
  const { url, healthUrl } = runner
  log.say('info', 'started', `${summary(compiled)} on ${url}`, { url, healthUrl })
  if (isText && healthUrl) log.say('info', 'health', `/healthz and /readyz on ${healthUrl}`)
  await tellFaults(runner, compiled, log)
  await runner.ended
  if (runner.isStopping) return
  await runner.stop()
  throw new UserError(
    'workerd has ended by itself.\nNothing answers requests any more.\nStart again; a service manager does that by itself: Restart=on-failure, or restart: on-failure.',
  )
}

/** What does not start is refused, and all else is served: `/readyz` says so to machines. */
async function tellFaults(runner: Runner, compiled: Compiled, log: Log): Promise<void> {
  const faults = await runner.faults()
  if (runner.isStopping) return
  if (faults === undefined) return log.say('warn', 'not-heard', UNHEARD)
  for (const fault of faults) {
    log.say('error', 'not-ready', faultText(fault, compiled, SOURCES), { ...fault })
  }
}

const SOURCES = 'the environment (NAME, or NAME_FILE), --secrets-file and --var'

/** @throws UserError when the config is not good, or nothing runs; nothing is left behind then */
async function started(
  runner: Runner,
  onMessages: (compiled: Compiled) => void,
): Promise<Compiled> {
  try {
    const compiled = await runner.start(onMessages)
    if (compiled.isGood) return compiled
    throw new UserError(summary(compiled))
  } catch (error) {
    // the bundler would keep this process alive
    await runner.stop()
    throw error
  }
}

function runnerOf(flags: ServeFlags, log: Log): Runner {
  const { host, grace, healthHost, healthPort, secretsFile } = flags
  return new Runner({
    config: flags.config,
    state: flags.state,
    host,
    port: flags.port,
    variables: flags.var,
    upstream: flags.upstream,
    cacheBytesMax: flags.cacheSize,
    isMinified: true,
    graceMs: grace * 1000,
    secrets: secretsFile === undefined ? {} : fileSecrets(secretsFile),
    tls: readKeypair(flags.tlsCert, flags.tlsKey),
    health: healthPort === undefined ? undefined : { host: healthHost, port: healthPort },
    log: flags.log === 'json' ? log : undefined,
  })
}

interface ServeFlags extends LocalFlags {
  readonly grace: number
  readonly drain: number
  readonly log: LogForm
  readonly secretsFile?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly healthPort?: number
  readonly healthHost: string
}

function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('Write a number of seconds.')
}
