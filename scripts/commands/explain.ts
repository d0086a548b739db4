import type { Command } from 'commander'
import { canonicalPath, hasEncodedSlash, splitUrl } from '../../src/core/path.ts'
import { allowed, find, parameterNames } from '../../src/core/router.ts'
import { compile } from '../compile/compile.ts'
import { buildTrie } from '../compile/trie.ts'
import { configFlag } from '../local/flags.ts'
import { printMessages, summary } from '../local/print.ts'
import { UserError } from '../local/runner.ts'

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
      const raw = splitUrl(target.includes('://') ? target : `http://gateway${target}`).path
      const path = canonicalPath(raw)
      if (path === undefined) {
        throw new UserError(
          `400 path-ambiguous: '${raw}' can be read in more than one way.\nTwo readers could disagree about what it names.\nWrite it without dot segments, backslashes, '#' and broken escapes.`,
        )
      }
      const index = (one: (typeof compiled.routes)[number], i: number) => ({ ...one, index: i })
      const reachable = compiled.routes.map(index).filter(({ raw: { isInternal } }) => !isInternal)
      const trie = buildTrie(reachable)
      const values: string[] = []
      const route = compiled.routes[find(trie, method.toUpperCase(), path, values)]
      if (route === undefined) return explainMiss(allowed(trie, path), path)
      if (hasEncodedSlash(path) && !route.raw.encodedSlash) {
        throw new UserError(
          `400 path-ambiguous: '${path}' holds an encoded slash.\nOne reader takes it for a separator and another does not.\nSet "x-encoded-slash": "allow" on ${route.path} if the upstream keeps it encoded.`,
        )
      }
      const place = (at: (typeof route)['raw']['at']) => {
        const { file, line } = at.source.at(at.pointer)
        return `${file}:${line}`
      }
      const names = parameterNames(route.path)
      console.log(`${route.method} ${route.path}  ${place(route.raw.at)}`)
      console.log(`  id        ${route.id}`)
      values.forEach((value, i) => console.log(`  ${names[i]} = ${decodeURIComponent(value)}`))
      for (const { name, plugin, at } of route.policies) {
        const kind = name === plugin.name ? '' : ` (${plugin.name})`
        console.log(`  policy    ${name}${kind}  ${place(at)}`)
      }
      const { handler } = route
      const url = handler.options['url']
      console.log(`  handler   ${handler.name}${typeof url === 'string' ? ` → ${url}` : ''}`)
    })
}

function explainMiss(allow: readonly string[], path: string): never {
  throw new UserError(
    allow.length === 0
      ? `404 route-not-found: no route matches '${path}'.\nPaths match whole, and a trailing slash counts.\nRun 'npx cardea dev' to see the table of routes.`
      : `405 method-not-allowed: '${path}' takes ${allow.join(', ')}.\nThe path has a route, the method has not.\nAdd the operation to the document.`,
  )
}
