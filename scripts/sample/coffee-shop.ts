import { createServer, type Server } from 'node:http'

/** Where the sample document says that its service listens. */
export const sampleAddress = { host: '127.0.0.1', port: 8788 } as const
export const sampleUrl = `http://${sampleAddress.host}:${sampleAddress.port}`

const menu = [
  { name: 'espresso', price: 250 },
  { name: 'cappuccino', price: 380 },
  { name: 'flat-white', price: 400 },
]

interface Order {
  readonly id: string
  readonly drink: string
  readonly size: string
}

/** The service behind the sample gateway: a coffee shop that trusts whatever reaches it. */
export function coffeeShop(): Server {
  const orders = new Map<string, Order>([['1', { id: '1', drink: 'flat-white', size: 'medium' }]])
  return createServer((request, response) => {
    const { pathname } = new URL(request.url!, sampleUrl)
    const [, collection, id] = pathname.split('/')
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (collection === 'menu') {
      const found = id === undefined ? menu : menu.find(({ name }) => name === id)
      return found ? answer(200, found) : answer(404, { message: 'not on the menu' })
    }
    if (request.method === 'GET') {
      const order = orders.get(id ?? '')
      return order ? answer(200, order) : answer(404, { message: 'no such order' })
    }
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      try {
        const { drink, size } = JSON.parse(text) as Order
        const order = { id: String(orders.size + 1), drink, size }
        orders.set(order.id, order)
        answer(201, order)
      } catch {
        answer(500, { message: 'the coffee shop broke down over an order that it could not read' })
      }
    })
  })
}
