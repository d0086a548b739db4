import { describe, expect, it } from 'vitest'
import { apply, head } from './testing.ts'

const TARGETS = `paths:
  /a: { get: { responses: { '200': { description: OK } } } }
  /b: { delete: { responses: {} } }`

const reusing = (components: string, actions: string) =>
  `components:\n  actions:\n${components}\n${head('1.2.0')}${actions}`

const added = "    notFound: { fields: { update: { '404': { description: None } } } }"

describe('Overlay 1.2', () => {
  it('applies a reusable action wherever one refers to it', () => {
    const { value, told } = apply(
      TARGETS,
      reusing(
        added,
        `- { $ref: '#/components/actions/notFound', target: "$.paths['/a'].get.responses" }
- { $ref: '#/components/actions/notFound', target: "$.paths['/b'].delete.responses", description: b }`,
      ),
    )
    expect(told).toEqual([])
    expect(value).toEqual({
      paths: {
        '/a': {
          get: { responses: { '200': { description: 'OK' }, '404': { description: 'None' } } },
        },
        '/b': { delete: { responses: { '404': { description: 'None' } } } },
      },
    })
  })

  it('copies and removes by reusable actions, too, in the order of the actions', () => {
    const components = `
    take: { fields: { copy: $.from }, description: d, x-own: 1 }
    drop: { fields: { remove: true, description: d } }
    none: {}`
    const actions = `
- { $ref: '#/components/actions/take', target: $.to }
- { $ref: '#/components/actions/drop', target: $.from }
- { target: $.to, update: { b: 2 } }`
    const { value, messages } = apply('from: { a: 1 }\nto: {}', reusing(components, actions))
    expect(messages.all.filter(({ level }) => level === 'error')).toEqual([])
    expect(value).toEqual({ to: { a: 1, b: 2 } })
  })

  it('finds a name with slash and tilde by its pointer, percent-encoded or not', () => {
    const components = '    "a/b~c d": { fields: { update: { hit: true } } }'
    for (const name of ['a~1b~0c d', 'a~1b~0c%20d', '%61~1b~0c%20d']) {
      const action = `- { target: $.a, $ref: '#/components/actions/${name}' }`
      expect(apply('a: {}', reusing(components, action))).toMatchObject({
        value: { a: { hit: true } },
        told: [],
      })
    }
  })

  it('refers from $self what is relative in extends', () => {
    const overlay = (target: string) =>
      `$self: https://example.com/overlays/a.yaml\nextends: ${target}\n${head('1.2.0')}- { target: $.a, update: {} }`
    const document = 'a: {}\n$self: https://example.com/openapi/a.yaml'
    expect(apply(document, overlay('../openapi/a.yaml')).told).toEqual([])
    expect(apply(document, overlay('openapi.yaml')).told).toEqual([
      'overlay-extends 0.overlay.yaml:2',
    ])
  })

  it('points at the reusable action when what it holds does not fit', () => {
    const components = '    wrong:\n      fields:\n        update: { plain: {} }'
    const action = "- { $ref: '#/components/actions/wrong', target: $.a }"
    expect(apply('a: { plain: 1 }', reusing(components, action)).told).toEqual([
      '!overlay-mismatch 0.overlay.yaml:5',
    ])
  })

  it.each([
    ['$self with a fragment', `$self: https://a.example/#/a\n${head('1.2.0')}`, '!invalid-overlay'],
    ['extends with a fragment', `extends: openapi.yaml#/a\n${head('1.2.0')}`, '!invalid-overlay'],
    ['$self that is no text', `$self: 1\n${head('1.2.0')}`, '!invalid-overlay'],
    [
      'the format of another document',
      `targetFormat: asyncapi\n${head('1.2.0')}`,
      '!overlay-target-format',
    ],
    ['an empty format', `targetFormat: ''\n${head('1.2.0')}`, '!overlay-target-format'],
    ['components that are none', `components: 1\n${head('1.2.0')}`, '!invalid-overlay'],
    ['other components', `components: { schemas: {} }\n${head('1.2.0')}`, '!unknown-key'],
    [
      'a list of reusable actions',
      `components: { actions: [] }\n${head('1.2.0')}`,
      '!invalid-overlay',
    ],
    ['a reusable action that is none', reusing('    a: 1', ''), '!invalid-overlay'],
    [
      'fields of an action beside `fields`',
      reusing('    a: { target: $, update: {} }', ''),
      '!unknown-key',
    ],
    [
      'a target in a reusable action',
      reusing('    a: { fields: { target: $.a, update: {} } }', ''),
      '!unknown-key',
    ],
    ['fields that are none', reusing('    a: { fields: [] }', ''), '!invalid-overlay'],
    ['a copy that is no query', reusing('    a: { fields: { copy: a } }', ''), '!overlay-query'],
  ])('refuses %s', (_, overlay, code) => {
    const { value, told } = apply('a: {}', `${overlay}- { target: $.a, update: {} }`)
    expect(told.map((one) => one.split(' ')[0])).toContain(code)
    expect(value).toBeUndefined()
  })

  it.each([
    ["$ref: '#/components/actions/other', target: $.a", '!overlay-reference'],
    ["$ref: '#/components/other/add', target: $.a", '!overlay-reference'],
    ["$ref: 'other.yaml#/components/actions/add', target: $.a", '!overlay-reference'],
    ["$ref: '#/components/actions/add/more', target: $.a", '!overlay-reference'],
    ["$ref: '#/components/actions/ad~d', target: $.a", '!overlay-reference'],
    ["$ref: '#/components/actions/%', target: $.a", '!overlay-reference'],
    ['$ref: 1, target: $.a', '!overlay-reference'],
    ["$ref: '#/components/actions/add'", '!invalid-overlay'],
    ["$ref: '#/components/actions/add', target: $.a, update: {}", '!unknown-key'],
    ["$ref: '#/components/actions/add', target: $.a, copy: $", '!unknown-key'],
    ["$ref: '#/components/actions/add', target: $.a, remove: true", '!unknown-key'],
  ])('refuses the reference { %s }', (action, code) => {
    const overlay = reusing('    add: { fields: { update: {} } }', `- { ${action} }`)
    expect(apply('a: {}', overlay).told.map((one) => one.split(' ')[0])).toEqual([code])
  })
})
