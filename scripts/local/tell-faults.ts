import type { Fault } from '../../src/core/readiness.ts'
import type { Compiled } from '../compile/compile.ts'
import type { CompiledRoute } from '../compile/routes.ts'
import type { Use } from '../compile/steps.ts'
import { visible } from './visible.ts'

type Gateway = Pick<Compiled, 'routes' | 'everywhere'>

/** What is wrong, which routes that concerns, and what to do: three lines. */
export function faultText({ part, reason }: Fault, gateway: Gateway, sources: string): string {
  const lines = [
    `'${part}' does not start: ${reason}.`,
    `${concerned(part, gateway)} 503 to every request; nobody gets past it.`,
    `Mend what it names, then start again; variables and secrets come from ${sources}.`,
  ]
  return lines.map(visible).join('\n')
}

/** Where it was not heard, which is no reason to stop what may work. */
export const UNHEARD =
  'The gateway has not said whether its parts start.\nOne that does not start answers 503 to every request.\nLook at /readyz (--health-port), and at the log of the first requests.'

/** For a gateway that is started again and again: in full when it is news, else in one line. */
export class ToldFaults {
  readonly #sources: string
  #last = ''

  /** @param sources where variables and secrets come from */
  constructor(sources: string) {
    this.#sources = sources
  }

  /** @returns nothing to print when everything starts */
  texts(faults: readonly Fault[], gateway: Gateway): readonly string[] {
    const texts = faults.map((fault) => faultText(fault, gateway, this.#sources))
    const all = texts.join('\n')
    const isNews = all !== this.#last
    this.#last = all
    if (isNews || faults.length === 0) return texts
    const parts = [...new Set(faults.map(({ part }) => `'${part}'`))]
    return [`${parts.join(', ')} still ${parts.length === 1 ? 'does' : 'do'} not start, see above.`]
  }
}

function concerned(part: string, { routes, everywhere }: Gateway): string {
  if (everywhere.some(({ name }) => name === part)) return 'Every route answers'
  const found = routes.flatMap((route) => {
    const use = usesOf(route).find(({ name }) => name === part)
    return use ? [{ route, key: JSON.stringify(use.options) }] : []
  })
  // written in place, or a handler: the name alone does not say which of them it is
  if (new Set(found.map(({ key }) => key)).size !== 1) return 'Routes with it answer'
  const names = found.slice(0, ROUTES_SHOWN).map(({ route }) => `${route.method} ${route.path}`)
  const more = found.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${found.length === 1 ? 'answers' : 'answer'}`
}

const usesOf = ({ policies, handler }: CompiledRoute): readonly Use[] => [...policies, handler]
const ROUTES_SHOWN = 3
