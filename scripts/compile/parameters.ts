import { parameterNames } from '../../src/core/router.ts'
import type { Messages } from './messages.ts'
import type { CompiledRoute } from './routes.ts'
import type { Use, UsedParameter } from './steps.ts'
import { suggestion } from './tell.ts'

/**
 * Looks whether each `{params.NAME}` of a template names a parameter of the paths it stands on: an error when none of
 * them has it, a warning when a policy is shared by routes with and without.
 */
export function checkParameters(routes: readonly CompiledRoute[], messages: Messages): void {
  const places = new Map<string, Place>()
  for (const route of routes) {
    const names = parameterNames(route.path)
    for (const use of [...route.policies, route.handler]) {
      for (const parameter of use.parameters) note(places, use, parameter, route, names)
    }
  }
  for (const place of places.values()) tell(place, messages)
}

interface Place {
  readonly use: Use
  readonly parameter: UsedParameter
  readonly without: CompiledRoute[]
  /** Names that the paths have, of all its routes. */
  readonly names: Set<string>
  routes: number
}

function note(
  places: Map<string, Place>,
  use: Use,
  parameter: UsedParameter,
  route: CompiledRoute,
  names: readonly string[],
): void {
  const key = `${parameter.source.uri}#${parameter.pointer} ${parameter.name}`
  const place = places.get(key) ?? { use, parameter, without: [], names: new Set(), routes: 0 }
  places.set(key, place)
  place.routes++
  for (const name of names) place.names.add(name)
  if (!names.includes(parameter.name)) place.without.push(route)
}

function tell({ use, parameter, without, names, routes }: Place, messages: Messages): void {
  const [first, ...others] = without
  if (first === undefined) return
  const { name, source, pointer } = parameter
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  const where = `${first.method} ${first.path}${more}`
  if (without.length < routes) {
    return messages.warning(
      'parameter-missing',
      source.at(pointer),
      `'{params.${name}}' of '${use.name}' has no value on ${where}.`,
      'The path has no such parameter: in text it is empty there, and where it decides the policy refuses.',
      `Take the policy off such routes with "!${use.name}", or give it to those that have '${name}'.`,
    )
  }
  messages.error(
    'unknown-parameter',
    source.at(pointer),
    `'{params.${name}}' names no parameter of ${where}.`,
    'It would be empty in text, and where it decides the policy would refuse every request.',
    names.size === 0
      ? 'The path has no parameters; take a value from elsewhere, as {query.x} or {headers.x}.'
      : `${suggestion(name, [...names])}There are: ${[...names].join(', ')}.`,
  )
}
