import ipaddr from 'ipaddr.js'

/**
 * Whom an address stands for when callers are counted: an IPv4 address for itself, an IPv6 address for its /64,
 * because whoever has one address of a /64 usually has all of them (RFC 6177). `::ffff:192.0.2.7` is 192.0.2.7.
 * @returns undefined for what is not an address in the one usual form
 */
export function addressGroup(address: string): string | undefined {
  if (!address.includes(':')) {
    return ipaddr.IPv4.isValidFourPartDecimal(address) ? address : undefined
  }
  if (!ipaddr.IPv6.isValid(address)) return undefined
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16))
  return `${groups.join(':')}::/64`
}
