import type { Kind } from '../compile/plugins.ts'

/** The files of a new part: name → text. They compile, and the test passes. */
export function templates(kind: Kind, name: string): readonly (readonly [string, string])[] {
  const [code, test] = kind === 'policy' ? [policy, policyTest(name)] : [handler, handlerTest(name)]
  return [
    [`${name}.ts`, code],
    [`${name}.test.ts`, test],
  ]
}

const policy = `import { definePolicy, option, problem } from '#gateway'

export default definePolicy({
  summary: 'Lets only requests with the right header value pass.',
  // every option: a type, what it means, and a default if it may be left out
  options: {
    header: option.headerName('Field that has to be there.', { default: 'x-tenant' }),
    value: option.string('What it has to be.', { minLength: 1 }),
  },
  // once, before the first request: prepare here what does not change
  setup({ header, value }) {
    return {
      // return nothing to let pass, a Response to answer now
      request(exchange) {
        if (exchange.request.headers.get(header) !== value) {
          return problem(exchange, {
            code: 'tenant-denied',
            status: 403,
            title: 'Requests of this tenant are not accepted.',
          })
        }
        // what the upstream receives is edited in place
        exchange.upstreamRequest.headers.set('x-checked', 'yes')
        return undefined
      },
      // what the caller receives, too
      response({ headers }) {
        headers.set('x-served-by', 'gateway')
      },
    }
  },
})
`

const policyTest = (
  name: string,
): string => `import { echo, problemOf, withPolicy } from '#gateway/testing'
import { expect, it } from 'vitest'
import definition from './${name}.ts'

// options as they stand in policies.json; 'echo' answers with what would go upstream
const { fetch } = withPolicy(definition, { value: 'acme' }, { handle: echo })

it('lets a request of the tenant pass and marks it', async () => {
  const response = await fetch('/orders', { headers: { 'x-tenant': 'acme' } })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-served-by')).toBe('gateway')
  expect(await response.json()).toMatchObject({ headers: { 'x-checked': 'yes' } })
})

it('refuses everybody else', async () => {
  const response = await fetch('/orders')
  expect(await problemOf(response)).toMatchObject({ status: 403, code: 'tenant-denied' })
})
`

const handler = `import { defineHandler, option } from '#gateway'

export default defineHandler({
  summary: 'Greets who is named in the query.',
  // every option: a type, what it means, and a default if it may be left out
  options: {
    greeting: option.string('What to say.', { default: 'Hello' }),
  },
  // once, before the first request: prepare here what does not change
  setup({ greeting }) {
    // for each request that every policy has let pass
    return (exchange) => {
      const name = exchange.search.get('name') ?? 'world'
      return Response.json({ message: \`\${greeting}, \${name}!\` })
    }
  },
})
`

const handlerTest = (name: string): string => `import { withHandler } from '#gateway/testing'
import { expect, it } from 'vitest'
import definition from './${name}.ts'

// options as they stand in x-handler
const { fetch } = withHandler(definition, { greeting: 'Good morning' })

it('greets who is named', async () => {
  const response = await fetch('/greetings?name=Ada')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ message: 'Good morning, Ada!' })
})

it('greets the world when nobody is named', async () => {
  expect(await (await fetch('/greetings')).json()).toEqual({ message: 'Good morning, world!' })
})
`
