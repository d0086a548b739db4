import { sampleAddress } from '../sample/coffee-shop.ts'
import { listenerOf } from './listener.ts'
import { UserError } from './user-error.ts'
import { listenError } from './workerd.ts'

/**
 * @param flag that names the port
 * @throws UserError when nobody can listen there: workerd would say it with a stack trace
 */
export async function requireListenable(flag: string, port: number, host: string): Promise<void> {
  const code = await listenError(port, host)
  if (code === undefined) return
  throw new UserError(
    texts[code]?.(flag, port, host) ??
      `Nobody can listen on ${at(host, port)} (${code}).\nThe gateway would get no request.\nName another address or port.`,
  )
}

/** `127.0.0.1:8787`, `[::1]:8787`. */
export const at = (host: string, port: number): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

type Text = (flag: string, port: number, host: string) => string
const texts: Readonly<Record<string, Text>> = {
  EADDRINUSE: inUse,
  EACCES: (flag, port) =>
    `This user may not listen on port ${port}.\nThe system keeps the low ports.\nStart with ${flag} ${port + 8000} behind a proxy, or give the service CAP_NET_BIND_SERVICE.`,
  EADDRNOTAVAIL: (_, __, host) =>
    `'${host}' is no address of this machine.\nNobody can listen on it.\nName one that it has; 0.0.0.0 is all of them.`,
}

function inUse(flag: string, port: number): string {
  const listener = listenerOf(port)
  const who = listener ? ` by ${listener.name}, process ${listener.pid}` : ''
  const stop = listener ? `kill ${listener.pid}` : 'Stop the other one'
  // not the one that the sample service of `npm start` needs
  const other = port + 1 === sampleAddress.port ? port + 2 : port + 1
  return `Port ${port} is in use${who}.\nTwo programs cannot listen on one port.\n${stop}, or start with ${flag} ${other}.`
}
