import { asked, type Asked } from './asked.ts'
import { type ByHand, type Program, programs } from './programs.ts'

/** One comparison: a gateway, the same work by hand, and the bare floor, which all get the same request. */
export interface Row {
  readonly name: string
  readonly asked: Asked
  readonly connections: number
  readonly gateway: Program
  readonly byHand: ByHand
}

export const floor: ByHand = { file: 'floor', name: 'floor' }

const byHand = {
  plain: { file: 'forward', name: 'plain' },
  setRequest: { file: 'forward', name: 'setRequestHeader' },
  setResponse: { file: 'forward', name: 'setResponseHeader' },
  key: { file: 'api-key', name: 'apiKey' },
  lease: { file: 'rate-limit', name: 'lease' },
  strict: { file: 'rate-limit', name: 'strict' },
  hs256: { file: 'jwt', name: 'hs256' },
  es256: { file: 'jwt', name: 'es256' },
  validation: { file: 'validation', name: 'validation' },
  everything: { file: 'validation', name: 'everything' },
} as const satisfies Readonly<Record<string, ByHand>>

type Name = keyof typeof byHand
const USUAL_CONNECTIONS = 16

export const rows: readonly Row[] = [
  row('plain', asked.order),
  // a Worker by hand has one route, so this is what routing costs beyond that
  row('plain', asked.order, { gateway: programs.thousand }),
  row('setRequest', asked.order),
  row('setResponse', asked.order),
  row('key', asked.order),
  row('lease', asked.order),
  row('strict', asked.order),
  row('hs256', asked.order),
  row('es256', asked.order),
  row('plain', asked.post),
  row('validation', asked.post),
  row('everything', asked.post),
  row('plain', asked.order, { connections: 1 }),
  row('lease', asked.order, { connections: 1 }),
  row('plain', asked.order, { connections: 100 }),
  row('plain', asked.gzip),
  row('plain', asked.events, { connections: 4 }),
]

function row(
  name: Name,
  one: Asked,
  { gateway = programs[name] as Program, connections = USUAL_CONNECTIONS } = {},
): Row {
  const details = [
    ...(one === asked.order ? [] : [one.name]),
    ...(connections === USUAL_CONNECTIONS ? [] : [connectionsText(connections)]),
  ]
  const title = [gateway.name, ...details].join('; ')
  return { name: title, asked: one, connections, gateway, byHand: byHand[name] }
}

function connectionsText(count: number): string {
  return count === 1 ? '1 connection' : `${count} connections`
}
