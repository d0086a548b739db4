import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CompiledRoute } from '../compile/routes.ts'
import { mountPoint } from '../../src/handlers/admin/mount.ts'
import { replaceFile } from '../sources/folder.ts'

/** Where an administration API is, and the token it takes. */
export interface Access {
  /** With the path it is mounted on: `http://127.0.0.1:8787/admin`. */
  readonly url: string
  readonly token: string
}

/** The variable that holds the administration's secret. `dev` and `serve` make one up when it is not set. */
export const ADMIN_VARIABLE = 'ADMIN_TOKEN'

/** Path of the first route with the handler `admin`; undefined when there is none. */
export function adminPath(routes: readonly CompiledRoute[]): string | undefined {
  const route = routes.find(({ handler }) => handler.plugin.name === 'admin')
  return route && mountPoint(route.path)
}

/** The made-up secret of a state folder: random, kept there for its owner only, the same on every start. */
export function localSecret(state: string): string {
  const file = join(state, 'admin-secret')
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  // a full disk may have left an empty file
  if (known !== '') return known
  const secret = randomBytes(32).toString('base64url')
  replaceFile(file, `${secret}\n`, ownerOnly)
  return secret
}

/** So that `cardea keys` finds a gateway on this machine. */
export function noteAccess(state: string, access: Access): void {
  replaceFile(join(state, NOTE), JSON.stringify(access, undefined, 2), ownerOnly)
}

export function notedAccess(state: string): Access | undefined {
  try {
    return JSON.parse(readFileSync(join(state, NOTE), 'utf8')) as Access
  } catch {
    // none, or half of one; the next start writes it anew
    return undefined
  }
}

const NOTE = 'admin.json'

const ownerOnly = (path: string, content: Buffer | string): void =>
  writeFileSync(path, content, { mode: 0o600 })
