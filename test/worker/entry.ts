export { Counters } from '../../durable-objects/counters.ts'
export { Registry } from '../../durable-objects/registry.ts'
export { Revocations } from '../../durable-objects/revocations.ts'

export default { fetch: () => new Response('the test Worker') }
