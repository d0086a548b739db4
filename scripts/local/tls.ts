import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Keypair } from './capnp.ts'
import { UserError } from './user-error.ts'

/**
 * The keypair of two PEM files, checked as far as that is possible before the first client comes.
 *
 * @throws UserError for one file without the other, for files that are no PEM, that do not belong together, or
 * whose certificate is past its time
 */
export function readKeypair(
  certificate: string | undefined,
  key: string | undefined,
  nowMs = Date.now(),
): Keypair | undefined {
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined) {
    const missing = certificate === undefined ? '--tls-cert' : '--tls-key'
    throw new UserError(
      `${missing} is missing.\nTLS needs a certificate and its private key.\nAdd ${missing} FILE, or leave both out and let a proxy in front speak TLS.`,
    )
  }
  const chain = read(certificate, '--tls-cert')
  const secret = read(key, '--tls-key')
  const leaf = parsed(() => new X509Certificate(chain), certificate, 'certificate')
  const privateKey = parsed(() => createPrivateKey(secret), key, 'private key without a passphrase')
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new UserError(
      `'${key}' is not the key of the first certificate in '${certificate}'.\nNo client could connect.\nPut the server's own certificate first and those of its issuers after it.`,
    )
  }
  if (leaf.validToDate.getTime() < nowMs) {
    throw new UserError(
      `The certificate in '${certificate}' has expired: ${leaf.validToDate.toISOString()}.\nClients would refuse it.\nRenew it, then start again.`,
    )
  }
  return { privateKey: { text: secret }, certificateChain: { text: chain } }
}

function read(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(
      `'${file}' cannot be read (${code}).\n${flag} names it.\nCorrect the path, or let this user read the file.`,
    )
  }
}

function parsed<T>(parse: () => T, file: string, what: string): T {
  try {
    return parse()
  } catch {
    // the parser's own message may quote the file
    throw new UserError(
      `'${file}' holds no ${what}.\nTLS cannot start without one.\nGive a PEM file: text that begins with -----BEGIN.`,
    )
  }
}
