import { describe, expect, it } from 'vitest'
import { option } from '../../src/core/option.ts'
import { problems } from '../../src/core/problem.ts'
import type { Plugin } from '../compile/plugins.ts'
import { indexPage } from './index-page.ts'
import { optionsTable, typeOf, withOptions } from './options-table.ts'
import { problemsPage } from './problems-page.ts'

const plugin = (more: object): Plugin => ({
  kind: 'policy',
  name: 'guard',
  path: '/guard.ts',
  isOwn: false,
  derive: undefined,
  definition: { summary: 'Guards.', options: {}, setup: () => ({}), ...more },
})

describe('the table of options', () => {
  it('tells name, type, default and meaning, also of what lies deeper', () => {
    const options = {
      limit: option.integer('How many.', { min: 1 }),
      window: option.duration('How long.', { default: '1m' }),
      keys: option.list(option.object({ id: option.string('Its name.') }, 'A key.'), 'Keys.', {
        min: 1,
      }),
      to: option.optional(option.record(option.template('A | B.'), 'Two\nlines.')),
    }
    expect(optionsTable(options)).toBe(
      [
        '| Option | Type | Default | Meaning |',
        '| --- | --- | --- | --- |',
        '| `limit` | whole number, 1 or more | required | How many. |',
        '| `window` | duration, as `"10s"` | `"1m"` | How long. |',
        '| `keys` | list of object, at least 1 | required | Keys. |',
        '| `keys[].id` | text | required | Its name. |',
        '| `to` | object: name → template |  | Two lines. |',
      ].join('\n'),
    )
  })

  it.each([
    [option.oneOf(['a', 1], ''), '`"a"`, `1`'],
    [
      option.anyOf(option.string(''), option.list(option.cidr(''), ''), ''),
      'text or list of (address or range, as `"10.0.0.0/8"`)',
    ],
    [
      option.record(option.json(''), '', { names: option.headerName('') }),
      'object: field name → any JSON',
    ],
    [option.number('', { min: 0, max: 1 }), 'number, 0 to 1'],
    [option.secret(''), '`"$env.NAME"`'],
  ])('says a type in words: %#', ({ schema }, words) => {
    expect(typeOf(schema)).toBe(words)
  })

  it('stands between the markers, and nothing else of the README changes', () => {
    const readme = '# a\n\n<!-- options -->\nold\n<!-- /options -->\n\nend\n'
    const wanted = '# a\n\n<!-- options -->\n\nIt has no options.\n\n<!-- /options -->\n\nend\n'
    expect(withOptions(readme, {})).toBe(wanted)
    expect(withOptions(wanted, {})).toBe(wanted)
  })

  it('has no place in a README without the markers', () => {
    expect(withOptions('# a', {})).toBeUndefined()
    expect(withOptions('<!-- /options --> <!-- options -->', {})).toBeUndefined()
  })
})

it('lists parts with what they need and provide, also where that depends on options', () => {
  const needs = ({ on }: { on: boolean }) => (on ? ['counters'] : [])
  const page = indexPage('<!-- parts --><!-- /parts -->', 'policy', [
    plugin({ status: 'stable', needs: ['body'], provides: ['principal'] }),
    plugin({ name: 'b', needs, options: { on: option.boolean('', { default: true }) } }),
  ])
  expect(page).toContain(
    '| [`guard`](../src/policies/guard/README.md) | Guards. | stable | `body` | `principal` |\n',
  )
  expect(page).toContain('| experimental | `counters`; by its options |  |')
})

it('gives every problem code a heading, which is its anchor, and names who makes it', () => {
  const parts = [{ plugin: plugin({}), text: "problem(x, 'body-too-large')" }]
  const page = problemsPage(parts, "refuse(x, 'body-too-large') refuse(x, 'route-not-found')")
  for (const code of Object.keys(problems)) expect(page).toContain(`\n## ${code}\n`)
  expect(page.match(/^- from: .*/gm)).toEqual([
    '- from: the gateway itself',
    '- from: the gateway itself, [`guard`](../src/policies/guard/README.md)',
  ])
})
