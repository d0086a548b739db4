import type { JsonSchema } from '../compile/json-schema.ts'

/** `sources.json` for editors. What it means is checked by `sources-file.ts`. */
export const sourcesSchema: JsonSchema = {
  type: 'object',
  properties: { $schema: { type: 'string' } },
  additionalProperties: {
    type: 'object',
    required: ['document'],
    additionalProperties: false,
    properties: {
      document: {
        type: 'string',
        description: 'An https URL, or a path relative to the config folder.',
      },
      overlay: {
        description:
          'OpenAPI overlays (1.0 or 1.1), relative to the config folder, in their order.',
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      },
      allowHttp: {
        type: 'boolean',
        default: false,
        description: 'Takes http, which anybody on the way can change.',
      },
      headers: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Sent to the document’s origin. "$env.NAME" is a variable of the environment.',
      },
    },
  },
}
