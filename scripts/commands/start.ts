import type { Server } from 'node:http'
import type { Command } from 'commander'
import { demoKey } from '../admin/demo.ts'
import type { CompiledRoute } from '../compile/routes.ts'
import { type LocalFlags, withLocalFlags } from '../local/flags.ts'
import { paint } from '../local/print.ts'
import { UserError } from '../local/user-error.ts'
import { coffeeShop, sampleAddress, sampleUrl } from '../sample/coffee-shop.ts'
import { develop } from './dev.ts'

export function addStart(program: Command): void {
  withLocalFlags(program.command('start', { hidden: true }))
    .description('`dev`, with the sample service behind it while config/ is still the sample')
    .action(async (flags: LocalFlags) => {
      let sample: Server | undefined
      const { runner, first } = await develop(flags, async (compiled) => {
        if (flags.upstream === undefined && compiled.routes.some(isSample))
          sample = await openShop()
      })
      if (!first.isGood || runner.isStopping) return
      const url = `http://${flags.host}:${runner.port}`
      const key = sample && (await demoKey(flags.state))
      const lines = key === undefined ? ownCalls(url, first.routes) : sampleCalls(url, key)
      if (sample) console.log(`The sample service listens on ${sampleUrl}.`)
      console.log(`\nTry:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
      console.log('Edit config/ and save: the gateway recompiles. Ctrl-C stops it.')
    })
}

function isSample({ handler }: CompiledRoute): boolean {
  const url = handler.options['url']
  return typeof url === 'string' && url.startsWith(sampleUrl)
}

function openShop(): Promise<Server> {
  const server = coffeeShop()
  return new Promise((resolve, reject) => {
    server.once('error', () =>
      reject(
        new UserError(
          `Port ${sampleAddress.port} is in use.\nThe sample service listens there.\nStop the other program, or name your own service with --upstream URL.`,
        ),
      ),
    )
    server.listen(sampleAddress.port, sampleAddress.host, () => resolve(server.unref()))
  })
}

function sampleCalls(url: string, key: string): readonly string[] {
  const order = `curl -si ${url}/orders -H 'X-API-Key: ${key}' -H 'Content-Type: application/json'`
  const note = (text: string) => paint('dim', `  # ${text}`)
  return [
    `curl -si ${url}/orders/1 -H 'X-API-Key: ${key}'${note('200: the demo key opens the door')}`,
    `curl -si ${url}/orders/1${note('401: nobody comes in without one')}`,
    `${order} -d '{"drink":"espresso","size":"huge"}'${note('400: names the field')}`,
    `for i in 1 2 3 4 5 6; do ${order} -d '{"drink":"espresso","size":"small"}' | head -1; done${note('the sixth is a 429')}`,
  ]
}

/** One line for the first route that a plain GET can reach. */
function ownCalls(url: string, routes: readonly CompiledRoute[]): readonly string[] {
  const route =
    routes.find(({ method, path }) => method === 'GET' && !path.includes('{')) ?? routes[0]
  return route ? [`curl -i -X ${route.method} ${url}${route.path}`] : []
}
