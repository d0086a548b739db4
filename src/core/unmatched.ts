import { answerOptions } from './gateway.ts'
import { defineHandler } from './handler.ts'
import { problem } from './problem.ts'

/** Answers what no route matches. Compile writes it as the last route, behind the policies of `gateway.json`. */
export default defineHandler({
  summary: 'Answers 400, 404 or 405 where no route matches, and OPTIONS.',
  options: {},
  setup() {
    return (exchange) => {
      const { reason, allow } = exchange.miss!
      if (reason === 'options') return answerOptions(exchange)
      return reason === 'method-not-allowed'
        ? problem(exchange, reason, { headers: { allow: allow.join(', ') } })
        : problem(exchange, reason)
    }
  },
})
