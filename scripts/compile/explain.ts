import { canonicalPath, hasEncodedSlash, splitUrl } from '../../src/core/path.ts'
import { allowed, find } from '../../src/core/router.ts'
import type { CompiledRoute } from './routes.ts'
import { buildTrie } from './trie.ts'

/** What a request meets, by the functions that the gateway itself decides with. */
export type Explained =
  | {
      readonly outcome: 'route'
      /** Canonical: what was matched and what goes upstream. */
      readonly path: string
      readonly route: CompiledRoute
      /** Of the path's parameters, still escaped. */
      readonly values: readonly string[]
    }
  | {
      readonly outcome: 'path-ambiguous' | 'route-not-found' | 'method-not-allowed'
      readonly path: string
      /** The route that would have matched, if it took an encoded slash. */
      readonly route?: CompiledRoute
      /** Methods that the path takes. */
      readonly allow: readonly string[]
    }

/** @param target path or URL of a request */
export function explain(
  routes: readonly CompiledRoute[],
  method: string,
  target: string,
): Explained {
  const raw = splitUrl(target.includes('://') ? target : `http://gateway${target}`).path
  const path = canonicalPath(raw)
  if (path === undefined) return { outcome: 'path-ambiguous', path: target, allow: [] }
  const reachable = routes
    .map((one, index) => ({ ...one, index }))
    .filter(({ raw: { isInternal } }) => !isInternal)
  const trie = buildTrie(reachable)
  const values: string[] = []
  const route = routes[find(trie, method, path, values)]
  const isSlashRefused = hasEncodedSlash(path) && route?.raw.encodedSlash !== true
  if (isSlashRefused) return { outcome: 'path-ambiguous', path, allow: [], ...(route && { route }) }
  if (route !== undefined) return { outcome: 'route', path, route, values }
  const allow = allowed(trie, path)
  return { outcome: allow.length === 0 ? 'route-not-found' : 'method-not-allowed', path, allow }
}
