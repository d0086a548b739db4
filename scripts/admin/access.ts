import { type Access, notedAccess } from '../local/admin-note.ts'
import { UserError } from '../local/user-error.ts'

/** Flags first, then `CARDEA_URL` and `CARDEA_TOKEN`, then what a running `dev` or `serve` has noted. */
export function findAccess(flags: {
  readonly url?: string
  readonly token?: string
  readonly state: string
}): Access {
  const noted = notedAccess(flags.state)
  const url = flags.url ?? process.env['CARDEA_URL'] ?? noted?.url
  // the local token is for the local gateway and goes nowhere else
  const local = url === noted?.url ? noted?.token : undefined
  const token = flags.token ?? process.env['CARDEA_TOKEN'] ?? local
  if (url === undefined) {
    throw new UserError(
      "No gateway to talk to.\nNeither --url nor CARDEA_URL is given, and no local gateway with an 'admin' route has noted its address.\nStart one with 'npx cardea dev', or name one: --url https://api.example.com/admin.",
    )
  }
  if (token === undefined) {
    throw new UserError(
      `No token for ${url}.\nThe administration of a gateway is never open.\nSet CARDEA_TOKEN, or give --token.`,
    )
  }
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new UserError(
      `'${url}' is not an http or https URL.\nThe administration of a gateway is reached over HTTP.\nWrite --url https://api.example.com/admin.`,
    )
  }
  if (!/^https:|^http:\/\/(127\.|localhost[:/]|\[::1\])/.test(url)) {
    throw new UserError(
      `${url} is not encrypted.\nEverybody on the way could read the token and the keys.\nUse https; http is for this machine only.`,
    )
  }
  return { url: url.replace(/\/+$/, ''), token }
}
