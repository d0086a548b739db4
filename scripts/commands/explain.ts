import type { Command } from 'commander'
import { parameterNames } from '../../src/core/router.ts'
import { compile } from '../compile/compile.ts'
import { type Explained, explain } from '../compile/explain.ts'
import type { CompiledRoute } from '../compile/routes.ts'
import { configFlag } from '../local/flags.ts'
import { printMessages, summary } from '../local/print.ts'
import { UserError } from '../local/user-error.ts'

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('tell which route, policies and handler a request meets')
    .argument('<method>', 'GET, POST, …')
    .argument('<path>', 'path or URL of a request')
    .addOption(configFlag())
    .action(async (method: string, target: string, { config }: { config: string }) => {
      const compiled = await compile({ config, isDry: true })
      if (!compiled.isGood) {
        printMessages(compiled)
        throw new UserError(summary(compiled))
      }
      const explained = explain(compiled.routes, method.toUpperCase(), target)
      if (explained.outcome !== 'route') throw new UserError(refusal(explained))
      console.log(description(explained.route, explained.values))
    })
}

function description(route: CompiledRoute, values: readonly string[]): string {
  const place = ({ source, pointer }: CompiledRoute['raw']['at']) => {
    const { file, line } = source.at(pointer)
    return `${file}:${line}`
  }
  const names = parameterNames(route.path)
  const url = route.handler.options['url']
  return [
    `${route.method} ${route.path}  ${place(route.raw.at)}`,
    `  id        ${route.id}`,
    ...values.map((value, i) => `  ${names[i]} = ${decodeURIComponent(value)}`),
    ...route.policies.map(({ name, plugin, at }) => {
      const kind = name === plugin.name ? '' : ` (${plugin.name})`
      return `  policy    ${name}${kind}  ${place(at)}`
    }),
    `  handler   ${route.handler.name}${typeof url === 'string' ? ` → ${url}` : ''}`,
  ].join('\n')
}

function refusal({ outcome, path, route, allow }: Exclude<Explained, { outcome: 'route' }>) {
  if (outcome === 'route-not-found') {
    return `404 route-not-found: no route matches '${path}'.\nPaths match whole, and a trailing slash counts.\nRun 'npx cardea dev' to see the table of routes.`
  }
  if (outcome === 'method-not-allowed') {
    return `405 method-not-allowed: '${path}' takes ${allow.join(', ')}.\nThe path has a route, the method has not.\nAdd the operation to the document.`
  }
  return route === undefined
    ? `400 path-ambiguous: '${path}' can be read in more than one way.\nTwo readers could disagree about what it names.\nWrite it without dot segments, backslashes, '#', encoded slashes and broken escapes.`
    : `400 path-ambiguous: '${path}' holds an encoded slash.\nOne reader takes it for a separator and another does not.\nSet "x-encoded-slash": "allow" on ${route.path} if the upstream keeps it encoded.`
}
