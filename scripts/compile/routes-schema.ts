import { methods } from './documents/methods.ts'
import type { JsonSchema } from './json-schema.ts'

/** Our extensions at a document's root, on path items and on operations. What OpenAPI says itself is left free. */
export const routesSchema: JsonSchema & { readonly definitions: JsonSchema } = {
  type: 'object',
  properties: {
    'x-policies': { $ref: '#/definitions/x-policies' },
    'x-handler': { $ref: '#/definitions/x-handler' },
    'x-base-path': {
      type: 'string',
      pattern: "^/(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@]+(?:/[A-Za-z0-9\\-._~!$&'()*+,;=:@]+)*)?$",
      description: 'Mounts the document’s paths below this one, as "/v1".',
    },
    paths: {
      type: 'object',
      additionalProperties: { $ref: '#/definitions/x-path-item' },
    },
    components: {
      type: 'object',
      properties: {
        pathItems: {
          type: 'object',
          additionalProperties: { $ref: '#/definitions/x-path-item' },
        },
      },
    },
  },
  definitions: {
    'x-policies': {
      description:
        'Policies in the order in which they run, after those of the levels above. "!name" takes an inherited one away.',
      $ref: '#/definitions/policyList',
    },
    'x-handler': {
      description: 'What answers. Without it the route is proxied to the operation’s server.',
      anyOf: [{ $ref: '#/definitions/handlerName' }, { $ref: '#/definitions/handler' }],
    },
    'x-path-item': {
      type: 'object',
      properties: {
        ...extensions(),
        ...Object.fromEntries(methods.map((name) => [name, operation()])),
        additionalOperations: { type: 'object', additionalProperties: operation() },
      },
    },
    'x-operation': { type: 'object', properties: extensions() },
  },
}

function operation(): JsonSchema {
  return { $ref: '#/definitions/x-operation' }
}

function extensions(): JsonSchema {
  return {
    'x-policies': { $ref: '#/definitions/x-policies' },
    'x-handler': { $ref: '#/definitions/x-handler' },
    'x-internal': {
      type: 'boolean',
      description: 'Hides it from the portal, the published document and tools.',
    },
    'x-reach': {
      enum: ['public', 'internal'],
      description: '"internal": only other routes reach it, never a request from outside.',
    },
    'x-encoded-slash': {
      enum: ['allow', 'refuse'],
      description: '"allow" lets %2F into the parameters.',
    },
  }
}
