import type { IsTrusted } from './client.ts'

/** `config/gateway.json`, checked and with defaults. */
export interface Settings {
  /** Put before a problem's code to make its `type`. Absent: `about:blank`. */
  readonly problemBase?: string
  /** Whether a problem names the policy that refused. */
  readonly discloseNames: boolean
  /** For bodies that a policy reads. */
  readonly requestBodyBytesMax: number
  /** Prefix of the API keys that this gateway issues. */
  readonly keyPrefix: string
  /** What this gateway calls itself in `Via`, in lower case. Absent: it adds none. */
  readonly via?: string
  /** Proxies whose word on the client counts. Absent: none. */
  readonly trustedProxy?: IsTrusted
}
