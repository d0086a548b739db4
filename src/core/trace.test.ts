import { expect, it } from 'vitest'
import { continueTrace } from './trace.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const span = () => 'b7ad6b7169203331'

it('continues a valid traceparent with a span of its own, flags kept', () => {
  expect(continueTrace(`00-${trace}-00f067aa0ba902b7-01`, span)).toEqual({
    traceId: trace,
    header: `00-${trace}-b7ad6b7169203331-01`,
  })
})

it('reads a later version as far as it knows it', () => {
  expect(continueTrace(`01-${trace}-00f067aa0ba902b7-00-more`, span)?.traceId).toBe(trace)
})

it.each([
  null,
  '',
  'nonsense',
  `00-${trace}-00f067aa0ba902b7`,
  `00-${trace}-00f067aa0ba902b7-01-more`,
  `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-${trace}-0000000000000000-01`,
  `ff-${trace}-00f067aa0ba902b7-01`,
])('takes %s for absent', (value) => {
  expect(continueTrace(value, span)).toBeUndefined()
})
