import { lookup as lookupAddresses } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

/** Every address of a host name. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

/**
 * Whether a URL leads to this machine or into a private network: loopback, RFC 1918, link-local with the metadata
 * services of clouds, and whatever else is no public address. A name that cannot be resolved leads nowhere.
 */
export async function isPrivate({ hostname }: URL, lookup: Lookup = resolveName): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (ipaddr.isValid(host)) return isPrivateAddress(host)
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  return (await lookup(host)).some(isPrivateAddress)
}

/** `::ffff:127.0.0.1` is 127.0.0.1. */
const isPrivateAddress = (address: string): boolean =>
  ipaddr.process(address.split('%', 1)[0]!).range() !== 'unicast'

const resolveName: Lookup = async (hostname) => {
  try {
    return (await lookupAddresses(hostname, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}
