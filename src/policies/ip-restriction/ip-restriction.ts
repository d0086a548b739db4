import { addressSet } from '../../lib/address-set.ts'
import { definePolicy, option, problem } from '#gateway'

export default definePolicy({
  summary: 'Accepts or refuses requests by the address of the client.',
  status: 'stable',
  options: {
    allow: option.list(
      option.cidr('An address or range.'),
      'Only clients from here pass. Empty: from everywhere.',
      { default: [] },
    ),
    deny: option.list(
      option.cidr('An address or range.'),
      'Clients from here never pass, also when `allow` holds them.',
      { default: [] },
    ),
  },
  check({ allow, deny }) {
    if (allow.length + deny.length === 0) {
      throw new Error("without 'allow' and 'deny' nothing is restricted; give one of them")
    }
  },
  setup({ allow, deny }) {
    // an address that the platform does not tell is in no range at all, so it is refused either way
    const isAllowed = addressSet(allow.length > 0 ? allow : EVERYWHERE)
    const isDenied = addressSet(deny)
    return {
      request(exchange) {
        const { ip } = exchange.client
        return isAllowed(ip) && !isDenied(ip) ? undefined : problem(exchange, 'address-denied')
      },
    }
  },
})

const EVERYWHERE = ['0.0.0.0/0', '::/0']
