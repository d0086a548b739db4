import type { Files } from '../harness/gateway.ts'

/** What only OpenAPI 3.2 can say. */
const streams = {
  openapi: '3.2.0',
  info: { title: 'Streams', version: '1' },
  'x-policies': ['valid'],
  paths: {
    '/readings': {
      post: {
        requestBody: {
          content: {
            'application/jsonl': { itemSchema: { $ref: '#/components/schemas/Reading' } },
            'application/json-seq': {
              schema: { type: 'array', maxItems: 2 },
              itemSchema: { $ref: '#/components/schemas/Reading' },
            },
            'text/event-stream': {
              itemSchema: {
                type: 'object',
                required: ['event'],
                properties: { event: { enum: ['start', 'stop'] }, retry: { maximum: 9 } },
              },
            },
          },
        },
        responses: { 200: { description: 'OK' } },
      },
    },
  },
  components: {
    schemas: {
      Reading: {
        type: 'object',
        required: ['at'],
        properties: { at: { type: 'integer', minimum: 1 }, id: { readOnly: true } },
      },
    },
  },
}

/** Every place, style and kind of body in one document, behind the validating policies. */
export const shop: Files = {
  'gateway.json': { policies: ['contract'] },
  'policies.json': {
    valid: { policy: 'request-validation', options: { unknownQuery: 'reject' } },
    watched: {
      policy: 'request-validation',
      options: { query: 'report', body: 'report', readOnly: 'off' },
    },
    contract: { policy: 'response-validation', options: { body: 'reject' } },
  },
  'schemas/point.json': {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://shop.example/point.json',
    type: 'object',
    required: ['x'],
    properties: { x: { $ref: '#/$defs/number' } },
    $defs: { number: { type: 'number' } },
  },
  'shared.json': {
    size: { type: 'string', enum: ['small', 'large'] },
    tree: {
      type: 'object',
      properties: { children: { type: 'array', items: { $ref: '#/tree' } } },
      additionalProperties: false,
    },
  },
  'streams.oas.json': streams,
  'shop.oas.json': {
    openapi: '3.1.2',
    info: { title: 'Shop', version: '1' },
    'x-policies': ['valid'],
    paths: {
      '/orders/{id}/{kind}': {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } },
          {
            name: 'kind',
            in: 'path',
            required: true,
            style: 'matrix',
            explode: true,
            schema: { type: 'array', items: { $ref: 'shared.json#/size' }, maxItems: 2 },
          },
        ],
        get: {
          parameters: [
            { name: 'page', in: 'query', schema: { type: 'integer', maximum: 9 } },
            {
              name: 'filter',
              in: 'query',
              style: 'deepObject',
              explode: true,
              schema: {
                type: 'object',
                properties: {
                  since: { type: 'string', format: 'date' },
                  paid: { type: 'boolean' },
                },
                additionalProperties: false,
              },
            },
            { name: 'X-Tags', in: 'header', schema: { type: 'array', items: { type: 'integer' } } },
            { name: 'session', in: 'cookie', required: true, schema: { minLength: 4 } },
          ],
          responses: { 200: { description: 'What the upstream echoes' } },
        },
      },
      '/trees': {
        post: {
          requestBody: {
            content: { 'application/*': { schema: { $ref: 'shared.json#/tree' } } },
          },
          responses: { 200: { description: 'OK' } },
        },
      },
      '/forms': {
        post: {
          requestBody: {
            required: true,
            content: {
              'application/x-www-form-urlencoded': {
                schema: { $ref: '#/components/schemas/Form' },
              },
              'multipart/form-data': {
                schema: { $ref: '#/components/schemas/Form' },
                encoding: { photo: { contentType: 'image/png, image/jpeg' } },
              },
              'text/plain': { schema: { type: 'string', maxLength: 8 } },
              'image/png': {},
            },
          },
          responses: { 200: { description: 'OK' } },
        },
      },
      '/watched': {
        post: {
          'x-policies': ['!valid', 'watched'],
          parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }],
          requestBody: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Form' } } },
          },
          responses: { 200: { description: 'OK' } },
        },
      },
      '/points': {
        post: {
          'x-policies': [
            '!valid',
            { policy: 'json-schema', options: { schema: 'schemas/point.json' } },
          ],
          responses: { 200: { description: 'OK' } },
        },
      },
      '/answers/{kind}': {
        parameters: [{ name: 'kind', in: 'path', required: true, schema: { type: 'string' } }],
        get: {
          'x-policies': ['!valid'],
          responses: {
            200: {
              description: 'A form',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Form' } } },
            },
          },
        },
      },
      '/anything/{rest+}': { 'x-handler': 'proxy' },
    },
    components: {
      schemas: {
        Form: {
          type: 'object',
          required: ['id', 'name', 'secret'],
          additionalProperties: false,
          properties: {
            id: { type: 'integer', readOnly: true },
            secret: { type: 'string', writeOnly: true },
            name: { type: 'string', minLength: 1 },
            age: { type: 'integer', minimum: 0 },
            tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
            photo: { type: 'string', format: 'binary', maxLength: 100 },
          },
        },
      },
    },
  },
}
