import { definePolicy, option } from '#gateway'

export default definePolicy({
  summary: 'Names the tenant.',
  options: { name: option.string('Name.'), color: option.oneOf(['red', 'blue'], 'Colour.', { default: 'red' }) },
  setup: ({ name }) => ({ request: ({ upstreamRequest }) => upstreamRequest.headers.set('x-tenant', name) }),
})
