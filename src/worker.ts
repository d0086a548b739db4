import { definition } from '#compiled'
import { Gateway } from './core/gateway.ts'
import { answerCheck, isCheck } from './core/readiness.ts'
import type { Env } from './core/runtime.ts'

export * from '#objects'

/** One per isolate: the platform hands the same `env` to every request of an isolate. */
let gateway: Gateway | undefined

export default {
  fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    gateway ??= new Gateway(definition, env)
    return isCheck(request, env)
      ? answerCheck(gateway, request, env, context)
      : gateway.fetch(request, context)
  },
}
