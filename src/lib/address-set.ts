import ipaddr from 'ipaddr.js'

/** A set of addresses and ranges in CIDR notation (RFC 4632, RFC 4291), ready to be asked. */
export function addressSet(ranges: readonly string[]): (address: string) => boolean {
  const parsed = ranges.map((range) =>
    range.includes('/') ? ipaddr.parseCIDR(range) : single(ipaddr.parse(range)),
  )
  return (address) => {
    if (!ipaddr.isValid(address)) return false
    // `::ffff:10.0.0.1` is 10.0.0.1 and must not slip past a rule for it
    const one = ipaddr.process(address)
    return parsed.some(([net, bits]) => one.kind() === net.kind() && one.match(net, bits))
  }
}

function single(address: ipaddr.IPv4 | ipaddr.IPv6): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}
