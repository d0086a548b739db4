import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificate } from '../../test/selfhost/serving.ts'
import { readKeypair } from './tls.ts'

describe('a certificate and its key', () => {
  const folders = ['a', 'b'].map(() => mkdtempSync(join(tmpdir(), 'cardea-tls-')))
  const [a = '', b = ''] = folders
  let own: ReturnType<typeof certificate>
  let other: ReturnType<typeof certificate>
  beforeAll(() => {
    own = certificate(a)
    other = certificate(b, 'other')
  })
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

  it('are taken when they fit, and none when none is named', () => {
    expect(readKeypair(own.cert, own.key)).toMatchObject({
      certificateChain: { text: expect.stringMatching(/^-----BEGIN CERTIFICATE/) },
      privateKey: { text: expect.stringMatching(/^-----BEGIN PRIVATE KEY/) },
    })
    expect(readKeypair(undefined, undefined)).toBeUndefined()
  })

  it('are refused when the key belongs to another', () => {
    expect(() => readKeypair(own.cert, other.key)).toThrow(
      `'${other.key}' is not the key of the first certificate in '${own.cert}'.`,
    )
  })

  it('are refused when the certificate has expired', () => {
    const future = Date.parse('2200-01-01')
    expect(() => readKeypair(own.cert, own.key, future)).toThrow('has expired: 21')
  })

  it('are refused without quoting a file that is something else', () => {
    const secret = join(a, 'secret')
    writeFileSync(secret, 'not a key but my password')
    expect(() => readKeypair(own.cert, secret)).toThrow(
      `'${secret}' holds no private key without a passphrase.\nTLS cannot start without one.\nGive a PEM file: text that begins with -----BEGIN.`,
    )
  })
})
