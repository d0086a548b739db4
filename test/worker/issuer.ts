import { AUDIENCE, bearer, claims, guarded, ISSUER, NOW_MS, sign, type Signer } from './jwt.ts'

export const KEYS = `${ISSUER}/keys`

/** An issuer on a clock that is moved by hand, and a gateway that trusts it. */
export function world(first: Signer, more: Readonly<Record<string, unknown>> = { jwksUrl: KEYS }) {
  const clock = { nowMs: NOW_MS }
  const asked: { readonly url: string; readonly init: RequestInit | undefined }[] = []
  const answers: Record<string, (signal: AbortSignal) => Response | Promise<Response>> = {
    [KEYS]: () => Response.json({ keys: [first.jwk] }),
  }
  const gateway = guarded(
    { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], ...more },
    {
      runtime: {
        now: () => clock.nowMs,
        fetch: async (url, init) => {
          asked.push({ url, init })
          const answer = answers[url]
          return answer ? answer(init!.signal!) : new Response(null, { status: 404 })
        },
      },
    },
  )
  const token = async (by: Signer) =>
    sign(by, { ...claims, exp: clock.nowMs / 1000 + 60 }, { alg: by.alg, kid: by.jwk['kid'] })
  const send = async (by: Signer) => gateway.fetch('/a', bearer(await token(by)))
  const status = async (by: Signer) => (await send(by)).status
  return { clock, asked, answers, gateway, token, send, status }
}

/** An answer with the public keys of these. */
export const published = (...signers: readonly Signer[]) => {
  const keys = signers.map(({ jwk }) => jwk)
  return () => Response.json({ keys })
}
