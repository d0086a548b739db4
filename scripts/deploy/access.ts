import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UserError } from '../local/user-error.ts'
import { Api, badToken, type Credentials, PERMISSIONS } from './api.ts'
import { quietEnvironment, wranglerBin } from './wrangler.ts'

/** One account, and who we are there. */
export interface Access {
  readonly api: Api
  readonly accountId: string
  readonly credentials: Credentials
}

/** @throws UserError that says how to get access */
export async function access(toml: Readonly<Record<string, unknown>>): Promise<Access> {
  const credentials = await credentialsHere()
  if (credentials === undefined) {
    throw new UserError(
      [
        'There is no access to Cloudflare here: CLOUDFLARE_API_TOKEN is not set, and wrangler is not logged in.',
        'The gateway runs in a Cloudflare account of yours.',
        `Run 'npx wrangler login'; or, in CI, set CLOUDFLARE_API_TOKEN to a token with the permissions ${PERMISSIONS}.`,
      ].join('\n'),
    )
  }
  if (!/^[\x21-\x7e]+$/.test(Object.values(credentials).join(''))) {
    throw new UserError(
      badToken('they hold a blank or a character that no token has, as when a copy was cut short'),
    )
  }
  const api = new Api(credentials)
  const given = process.env['CLOUDFLARE_ACCOUNT_ID'] || toml['account_id']
  const accountId = typeof given === 'string' && given !== '' ? given : await onlyAccount(api)
  return { api, accountId, credentials }
}

/** As wrangler finds them: a token, a key with its address, or its own login. */
export async function credentialsHere(): Promise<Credentials | undefined> {
  const { env } = process
  const apiToken = env['CLOUDFLARE_API_TOKEN'] || env['CF_API_TOKEN']
  if (apiToken) return { apiToken: apiToken.trim() }
  const apiKey = env['CLOUDFLARE_API_KEY']
  const email = env['CLOUDFLARE_EMAIL']
  if (apiKey && email) return { apiKey, email }
  return wranglerLogin()
}

/** `wrangler auth token` renews the login when it has to. */
async function wranglerLogin(): Promise<Credentials | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [wranglerBin(), 'auth', 'token', '--json'],
      { env: { ...process.env, ...quietEnvironment } },
    )
    const { token, key, email } = JSON.parse(stdout) as Record<string, string | undefined>
    if (token) return { apiToken: token }
    return key && email ? { apiKey: key, email } : undefined
  } catch {
    return undefined
  }
}

async function onlyAccount(api: Api): Promise<string> {
  const accounts = await api.list<{ readonly id: string; readonly name: string }>('/accounts')
  const [first] = accounts
  if (accounts.length === 1) return first!.id
  const names = accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n')
  throw new UserError(
    accounts.length === 0
      ? 'The token does not say which account it is for.\nIt may not list accounts.\nSet CLOUDFLARE_ACCOUNT_ID; the dashboard shows it under Workers.'
      : `The token opens ${accounts.length} accounts.\nThe gateway runs in one:\n${names}\nSet CLOUDFLARE_ACCOUNT_ID, or account_id in wrangler.toml.`,
  )
}
