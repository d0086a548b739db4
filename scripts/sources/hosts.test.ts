import { describe, expect, it } from 'vitest'
import { fetchDocument } from './fetch.ts'

const refused = async (...[url, options]: Parameters<typeof fetchDocument>): Promise<string> => {
  const error: unknown = await fetchDocument(url, options).catch((reason: unknown) => reason)
  return (error as Error).message
}

describe('a redirect', () => {
  const addresses: Readonly<Record<string, readonly string[]>> = {
    'a.example': ['203.0.113.9', '93.184.216.34'],
    'public.example': ['93.184.216.34'],
    'inside.example': ['93.184.216.34', '10.1.2.3'],
  }
  const via = (to: string, from = 'https://public.example/x') => {
    const fetch = (url: URL) =>
      Promise.resolve(
        url.href === from
          ? new Response(null, { status: 302, headers: { location: to } })
          : new Response('{}'),
      )
    const lookup = (host: string) => Promise.resolve(addresses[host] ?? [])
    return [new URL(from), { allowHttp: false, fetch, lookup }] as const
  }

  it.each([
    'https://localhost/',
    'https://api.localhost./',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://0.0.0.0/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://inside.example/',
  ])('from a public host is not followed to %s', async (to) => {
    const text = await refused(...via(to))
    expect(text).toContain('is an address of a private network.')
    expect(text).toContain('https://public.example/x is redirected to it')
  })

  it('goes from public to public, and within a private network', async () => {
    const follow = async (...[url, options]: ReturnType<typeof via>) =>
      (await fetchDocument(url, options)).url.href
    expect(await follow(...via('https://93.184.216.34/y'))).toBe('https://93.184.216.34/y')
    expect(await follow(...via('https://unknown.example/y'))).toBe('https://unknown.example/y')
    expect(await follow(...via('/y'))).toBe('https://public.example/y')
    expect(await follow(...via('https://10.0.0.1/y', 'https://inside.example/x'))).toBe(
      'https://10.0.0.1/y',
    )
  })
})
