import { expect, it } from 'vitest'
import { harness, problemOf } from '../../../test/worker/harness.ts'
import type { Options } from '#gateway'
import { policy } from '../../core/gateway.ts'
import deprecation from './deprecation.ts'

type Given = Options<typeof deprecation.options>

const DEPRECATED = Date.UTC(2023, 5, 30, 23, 59, 59, 900)
const SUNSET = Date.UTC(2024, 5, 30, 23, 59, 59)

const given: Given = {
  deprecation: DEPRECATED,
  sunset: SUNSET,
  afterSunset: 'serve',
  links: undefined,
}

function gateway(options: Partial<Given>, more: Partial<Parameters<typeof harness>[0]> = {}) {
  const step = policy('v1-ends', deprecation, { ...given, ...options })
  return harness({ policies: [step], ...more })
}

it('writes the dates as RFC 9745 §2.1 and RFC 8594 §3 say', async () => {
  const { headers } = await gateway({}).fetch('/a')
  expect(headers.get('deprecation')).toBe('@1688169599')
  expect(headers.get('sunset')).toBe('Sun, 30 Jun 2024 23:59:59 GMT')
  expect(headers.has('link')).toBe(false)
})

it('leaves the sunset out where there is none', async () => {
  const { headers } = await gateway({ sunset: undefined }).fetch('/a')
  expect(headers.has('sunset')).toBe(false)
})

it('adds links to those of the upstream, and replaces its dates', async () => {
  const links = {
    deprecation: 'https://docs.test/why',
    sunset: 'https://docs.test/end',
    'successor-version': '/v2/items/{params.id}',
  }
  const handle = () =>
    new Response('ok', {
      headers: { link: '</items?page=2>; rel="next"', deprecation: '@1', sunset: 'never' },
    })
  const { fetch } = gateway({ links }, { handle, path: '/items/{id}' })
  const { headers } = await fetch('/items/a%3E%2C%3Cb')
  expect(headers.get('link')).toBe(
    '</items?page=2>; rel="next", <https://docs.test/why>; rel="deprecation", ' +
      '<https://docs.test/end>; rel="sunset", </v2/items/a%3E%2C%3Cb>; rel="successor-version"',
  )
  expect(headers.get('deprecation')).toBe('@1688169599')
  expect(headers.get('sunset')).toBe('Sun, 30 Jun 2024 23:59:59 GMT')
})

it('stands on refusals made behind it', async () => {
  const handle = () => {
    throw new Error('broken')
  }
  const response = await gateway({}, { handle }).fetch('/a')
  expect(response.status).toBe(500)
  expect(response.headers.get('deprecation')).toBe('@1688169599')
})

it('answers 410 from the moment of the sunset on, with the same fields', async () => {
  let nowMs = SUNSET - 1
  const links = { deprecation: undefined, sunset: undefined, 'successor-version': '/v2' }
  const { fetch } = gateway({ afterSunset: 'refuse', links }, { runtime: { now: () => nowMs } })
  expect((await fetch('/a')).status).toBe(200)
  nowMs = SUNSET
  const response = await fetch('/a')
  expect(response.headers.get('sunset')).toBe('Sun, 30 Jun 2024 23:59:59 GMT')
  expect(response.headers.get('link')).toBe('</v2>; rel="successor-version"')
  expect(await problemOf(response)).toEqual({
    type: 'about:blank',
    title: 'This route is no longer available.',
    status: 410,
    code: 'route-gone',
    policy: 'v1-ends',
  })
})

it('serves on after the sunset unless told otherwise', async () => {
  const { fetch } = gateway({}, { runtime: { now: () => SUNSET + 1 } })
  expect((await fetch('/a')).status).toBe(200)
})

it.each<[string, Partial<Given>]>([
  ['the sunset is before the deprecation', { sunset: DEPRECATED - 1 }],
  ["afterSunset needs to know the 'sunset'", { sunset: undefined, afterSunset: 'refuse' }],
  [
    'holds a character that no URL holds',
    {
      links: {
        deprecation: undefined,
        sunset: undefined,
        'successor-version': '/v2>; rel="next", </x',
      },
    },
  ],
])('refuses options: %s', (message, options) => {
  expect(() => deprecation.check!({ ...given, ...options })).toThrow(message)
})

it('takes a sunset at the moment of the deprecation', () => {
  expect(() => deprecation.check!({ ...given, sunset: DEPRECATED })).not.toThrow()
})
