import ipaddr from 'ipaddr.js'

/** An IPv4 or IPv6 address, or a CIDR block of either. */
export function isAddressRange(text: string): boolean {
  return text.includes('/')
    ? ipaddr.isValidCIDR(text)
    : ipaddr.IPv6.isValid(text) || FOUR.test(text)
}

/** Four decimal parts: ipaddr.js also takes `127.1` and octal numbers, which people do not mean. */
const FOUR = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
