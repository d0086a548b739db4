import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type LocalFlags, withBuildFlags } from '../local/flags.ts'
import { printMessages, summary } from '../local/print.ts'
import { UserError } from '../local/user-error.ts'
import { buildSelfHost } from '../selfhost/build.ts'

export function addBuild(program: Command): void {
  withBuildFlags(program.command('build'))
    .description('make a folder that runs the gateway on a server without npm')
    .requiredOption('--self-host <dir>', 'the folder to make, or to renew', (dir) => resolve(dir))
    .option('--tls', 'listen with TLS: tls/cert.pem and tls/key.pem of the folder', false)
    .option('--workerd <file>', "workerd for another kind of machine than this one's")
    .action(async ({ selfHost, config, state, var: variables, ...flags }: BuildFlags) => {
      const { tls: hasTls, workerd, upstream, cacheSize: cacheBytesMax } = flags
      const wanted = { variables, upstream, hasTls, workerd, cacheBytesMax }
      const options = { target: selfHost, config, state, ...wanted }
      const { compiled, wants } = await buildSelfHost(options, printMessages)
      if (!compiled.isGood) throw new UserError(summary(compiled))
      console.log(`${summary(compiled)} in ${selfHost}`)
      if (wants.secrets.length > 0) console.log(`Secrets to set: ${wants.secrets.join(', ')}`)
      console.log(`Copy the folder to the server, then: ./start`)
    })
}

interface BuildFlags extends Omit<LocalFlags, 'host' | 'port'> {
  readonly selfHost: string
  readonly tls: boolean
  readonly workerd?: string
}
