import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
import { CHECK_HEADER, type Fault } from '../../src/core/readiness.ts'

/**
 * Asks a gateway on this machine, once, which parts cannot start with the variables and secrets that are set.
 *
 * @param url of its public socket
 * @param word what its `CARDEA_CHECK` is the digest of
 * @returns undefined when it does not say so in time
 */
export function askReadiness(url: string, word: string): Promise<readonly Fault[] | undefined> {
  const options = {
    headers: { [CHECK_HEADER]: word },
    // no pool that keeps a connection, and no proxy of the environment
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // the certificate is for the public name; whoever listens here is the process that we have started
    rejectUnauthorized: false,
  } as const
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? getTls : getPlain
    const request = get(url, options, (response) => {
      void read(response).then(resolve, () => resolve(undefined))
    })
    request.once('error', () => resolve(undefined))
  })
}

/** Parts start without I/O, so this is long. */
const TIMEOUT_MS = 5_000
const TEXT_LENGTH_MAX = 1024 * 1024

async function read(response: IncomingMessage): Promise<readonly Fault[] | undefined> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > TEXT_LENGTH_MAX) return undefined
  }
  const { faults } = JSON.parse(text) as { readonly faults?: readonly Fault[] }
  return Array.isArray(faults) ? faults : undefined
}
