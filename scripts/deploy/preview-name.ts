import { createHash } from 'node:crypto'
import { UserError } from '../local/user-error.ts'

/**
 * The name of a branch's environment, which is also the beginning of its host name: lower case letters, digits
 * and single hyphens. A branch whose name is like that already keeps it. Any other gets the nearest such name and a
 * digest of its own, so that `Fix/Login`, `fix-login` and `fix_login` are three environments.
 *
 * @throws UserError when the Worker's name leaves no room for one in a host name (RFC 1035 §2.3.4: 63 characters)
 */
export function previewName(branch: string, worker: string): string {
  const charactersMax = LABEL_MAX - '-'.length - worker.length
  if (charactersMax < SUFFIX.length) {
    throw new UserError(
      `The Worker's name '${worker}' is too long for previews.\nIts previews are called <branch>-${worker}, in one part of a host name, which has at most ${LABEL_MAX} characters.\nShorten 'name' in wrangler.toml to at most ${LABEL_MAX - 1 - SUFFIX.length} characters.`,
    )
  }
  const isPlain = PLAIN.test(branch) && !TAKEN.some((pattern) => pattern.test(branch))
  if (isPlain && branch.length <= charactersMax) return branch
  const digest = createHash('sha256').update(branch).digest('hex').slice(0, DIGITS)
  const words = branch
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
  const start = DEPLOYMENT.test(words) ? `b-${words}` : words
  const shown = start.slice(0, charactersMax - SUFFIX.length).replace(/-+$/, '')
  return shown === '' ? digest : `${shown}-${digest}`
}

const LABEL_MAX = 63
const DIGITS = 12
const SUFFIX = `-${'0'.repeat(DIGITS)}`
const PLAIN = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** How Cloudflare's host names of single deployments begin. */
const DEPLOYMENT = /^[0-9a-f]{8}(-|$)/
/** Names as they are made here. */
const MADE = new RegExp(`(^|-)[0-9a-f]{${DIGITS}}$`)
const TAKEN = [DEPLOYMENT, MADE]
