import type { Derive } from '#gateway'
import { targetOf } from './target.ts'

interface Options {
  readonly to: string
}

/** A target that could lead to a host of the caller's choice is refused before anything runs. */
const derive: Derive<Options> = (_, { to }) => {
  const target = to.startsWith('$env.') ? undefined : targetOf(to)
  if (target && 'wrong' in target)
    throw new Error(`its target '${to}' is unusable: ${target.wrong}`)
  return {}
}

export default derive
