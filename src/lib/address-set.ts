import ipaddr from 'ipaddr.js'

/**
 * A set of addresses and ranges in CIDR notation (RFC 4632, RFC 4291), ready to be asked. A text that is not
 * an address is in no set.
 *
 * @throws Error when an entry is neither an address nor a range
 */
export function addressSet(ranges: readonly string[]): (address: string) => boolean {
  const parsed = ranges.map(range)
  return (address) => {
    const one = parse(address)
    if (one === undefined) return false
    return parsed.some(([net, bits]) => one.kind() === net.kind() && one.match(net, bits))
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = readonly [net: Address, bits: number]

function range(text: string): Range {
  const [head = '', length, ...more] = text.split('/')
  const net = parse(head)
  const written = ipaddr.isValid(head) ? ipaddr.parse(head) : undefined
  if (net === undefined || written === undefined || more.length > 0) {
    throw new Error(`'${text}' is not an IP address or range`)
  }
  const widest = written.kind() === 'ipv4' ? 32 : 128
  const bits = length === undefined ? widest : /^\d{1,3}$/.test(length) ? Number(length) : Infinity
  if (bits > widest) throw new Error(`'${text}' is not an IP address or range`)
  if (net.kind() === written.kind()) return [net, bits]
  // `::ffff:10.0.0.0/104` is 10.0.0.0/8; a shorter prefix also holds addresses that are not mapped
  return bits >= 96 ? [net, bits - 96] : [written, bits]
}

/**
 * `::ffff:10.0.0.1` is 10.0.0.1 (RFC 4291 §2.5.5.2) and must not slip past a rule for it. `010.0.0.1`,
 * `0x7f.1` and `2130706433` are read in more than one way and therefore not at all.
 */
function parse(text: string): Address | undefined {
  if (text.includes(':')) return ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined
}
