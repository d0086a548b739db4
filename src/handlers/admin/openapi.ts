import { schemas } from './schemas.ts'

/** The API's own description, for the server it is mounted on. */
export function openApiDocument(mount: string): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Cardea administration',
      version: '1.0.0',
      description:
        'Consumers, API keys and counters. Each answer with a version has it as ETag; send it as If-Match to change only what you have seen.',
    },
    servers: [{ url: mount === '' ? '/' : mount }],
    paths,
    components: { schemas, parameters, responses },
  }
}

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` })
const parameter = (name: string) => ref('parameters', name)

const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const a = (name: string) => ref('schemas', name)
const body = (name: string) => ({ required: true, ...json(a(name)) })
const etag = { ETag: { description: 'The version.', schema: { type: 'string' } } }

const one = (status: number, name: string, description: string) => ({
  [status]: { description, headers: etag, ...json(a(name)) },
})
const pageOf = (name: string) => ({
  type: 'object',
  required: ['items', 'cursor'],
  properties: {
    items: { type: 'array', items: a(name) },
    cursor: { type: ['string', 'null'], description: 'For the next page; null on the last.' },
  },
})
const page = (name: string) => ({ 200: { description: 'One page.', ...json(pageOf(name)) } })

interface Operation {
  readonly summary: string
  readonly parameters?: readonly object[]
  readonly requestBody?: object
  readonly responses: object
}

/** Every operation may be refused. */
const operation = (operationId: string, { responses: good, ...rest }: Operation) => ({
  operationId,
  ...rest,
  responses: { ...good, default: ref('responses', 'Problem') },
})

const query = (name: string, description: string, schema: object = { type: 'string' }) => ({
  name,
  in: 'query',
  description,
  schema,
})

const parameters = {
  id: { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
  policy: {
    name: 'policy',
    in: 'path',
    required: true,
    description: 'Its name in `policies.json`.',
    schema: { type: 'string' },
  },
  caller: query(
    'caller',
    'What the policy counts by: the id of a consumer, key or route, an IP address, or the text a template makes. Once for each value of `by`, in its order; `all` takes none.',
    { type: 'array', items: { type: 'string' } },
  ),
  limit: query('limit', 'Items on a page.', {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 50,
  }),
  cursor: query('cursor', 'From the page before.'),
  ifMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'Changes only this version; 412 when there is another one by now.',
    schema: { type: 'string' },
  },
}

const policyQuery = query(
  'policy',
  'The name of a policy that counts, also one that cannot stand in a path (`a/b`).',
)

const responses = {
  Problem: {
    description: 'Refused (RFC 9457): 400, 401, 403, 404, 409, 412, 503 or 507.',
    content: { 'application/problem+json': { schema: a('Problem') } },
  },
}

const paged = [parameter('limit'), parameter('cursor')]
const keyStatus = query('status', 'Only keys of this status.', {
  enum: ['active', 'disabled', 'revoked'],
})
const changes = [parameter('ifMatch')]
const done = { 204: { description: 'Done.' } }

const paths = {
  '/openapi.json': {
    get: operation('describe', {
      summary: 'This document',
      responses: { 200: { description: 'OpenAPI 3.1.', ...json({ type: 'object' }) } },
    }),
  },
  '/consumers': {
    get: operation('listConsumers', {
      summary: 'List consumers, in the order of their ids',
      parameters: [
        ...paged,
        query('status', 'Only consumers of this status.', { enum: ['active', 'disabled'] }),
        query('tag', 'Only consumers with this tag.'),
        query('group', 'Only consumers in this group.'),
        query('metadata', 'Only consumers whose metadata has this at its top level: `plan=gold`.'),
      ],
      responses: page('Consumer'),
    }),
    post: operation('createConsumer', {
      summary: 'Create a consumer',
      requestBody: body('ConsumerInput'),
      responses: one(201, 'Consumer', 'The new consumer.'),
    }),
  },
  '/consumers/{id}': {
    parameters: [parameter('id')],
    get: operation('getConsumer', {
      summary: 'Read a consumer',
      responses: one(200, 'Consumer', 'The consumer.'),
    }),
    patch: operation('updateConsumer', {
      summary: 'Change a consumer; `status` disables and enables it with all its keys',
      parameters: changes,
      requestBody: body('ConsumerChange'),
      responses: one(200, 'Consumer', 'The consumer as it is now.'),
    }),
    delete: operation('deleteConsumer', {
      summary: 'Delete a consumer with all its keys',
      parameters: changes,
      responses: done,
    }),
  },
  '/consumers/{id}/keys': {
    parameters: [parameter('id')],
    get: operation('listConsumerKeys', {
      summary: 'List the keys of a consumer',
      parameters: [...paged, keyStatus],
      responses: page('Key'),
    }),
    post: operation('createKey', {
      summary: 'Make a key; this answer is the only one that holds it',
      requestBody: body('KeyInput'),
      responses: one(201, 'NewKey', 'The new key.'),
    }),
  },
  '/keys': {
    get: operation('listKeys', {
      summary: 'List keys, in the order of their ids',
      parameters: [...paged, query('consumer', 'Only keys of this consumer.'), keyStatus],
      responses: page('Key'),
    }),
  },
  '/keys/{id}': {
    parameters: [parameter('id')],
    get: operation('getKey', {
      summary: 'Read a key, without the key itself',
      responses: one(200, 'Key', 'The key.'),
    }),
    patch: operation('updateKey', {
      summary: 'Change a key; `status` disables, enables or revokes it',
      parameters: changes,
      requestBody: body('KeyChange'),
      responses: one(200, 'Key', 'The key as it is now.'),
    }),
    delete: operation('deleteKey', {
      summary: 'Delete a key',
      parameters: changes,
      responses: done,
    }),
  },
  '/keys/{id}/roll': {
    parameters: [parameter('id')],
    post: operation('rollKey', {
      summary: 'Make a key in the place of this one, which ends after the grace period',
      parameters: changes,
      requestBody: { ...json(a('Roll')) },
      responses: one(201, 'NewKey', 'The new key.'),
    }),
  },
  '/keys/{id}/revoke': {
    parameters: [parameter('id')],
    post: operation('revokeKey', {
      summary: 'Revoke a key for good',
      parameters: changes,
      responses: one(200, 'Key', 'The key as it is now.'),
    }),
  },
  '/counters': {
    parameters: [policyQuery, parameter('caller')],
    get: operation('listCounters', {
      summary:
        'Which policies count callers, and by what; always one page. With `policy` as `inspectCounters`',
      responses: {
        200: {
          description: 'A page; with `policy` a report.',
          ...json({ anyOf: [pageOf('Counting'), a('CounterReport')] }),
        },
      },
    }),
    delete: operation('resetNamedCounters', {
      summary: 'As `resetCounters`, for a policy whose name cannot stand in a path',
      responses: done,
    }),
  },
  '/counters/{policy}': {
    parameters: [parameter('policy'), parameter('caller')],
    get: operation('inspectCounters', {
      summary: 'Where a caller stands with a policy',
      responses: { 200: { description: 'Its counters.', ...json(a('CounterReport')) } },
    }),
    delete: operation('resetCounters', {
      summary: 'Forget what a caller spent; other isolates may refuse it for a minute more',
      responses: done,
    }),
  },
  '/imports': {
    post: operation('startImport', {
      summary: 'Open an import',
      responses: { 201: { description: 'The job.', ...json(a('Import')) } },
    }),
  },
  '/imports/{id}': {
    parameters: [parameter('id')],
    get: operation('getImport', {
      summary: 'How far an import is',
      responses: { 200: { description: 'The job.', ...json(a('Import')) } },
    }),
  },
  '/imports/{id}/rows': {
    parameters: [parameter('id')],
    post: operation('importRows', {
      summary: 'Send the next rows; those already taken are skipped',
      parameters: [
        {
          ...query('first', 'Number of the first row sent, from 0.', {
            type: 'integer',
            minimum: 0,
          }),
          required: true,
        },
      ],
      requestBody: {
        required: true,
        content: { 'application/x-ndjson': { schema: { type: 'string' } } },
      },
      responses: { 200: { description: 'The job.', ...json(a('Import')) } },
    }),
  },
  '/export': {
    get: operation('exportRows', {
      summary: 'Consumers with the hashes of their keys, in the form that an import takes',
      parameters: paged,
      responses: page('Row'),
    }),
  },
  '/audit': {
    get: operation('listAudit', {
      summary: 'Who did what, newest first',
      parameters: [...paged, query('target', 'Only what was done to this consumer or key.')],
      responses: page('AuditEntry'),
    }),
  },
  '/figures': {
    get: operation('getFigures', {
      summary: 'How much the registry holds',
      responses: { 200: { description: 'Figures.', ...json(a('Figures')) } },
    }),
  },
  '/metrics': {
    get: operation('getMetrics', {
      summary: 'What the isolate that answers has counted since it started',
      responses: {
        200: {
          description: 'The text format of Prometheus.',
          content: { 'text/plain': { schema: { type: 'string' } } },
        },
      },
    }),
  },
  '/republish': {
    post: operation('republish', {
      summary: 'Write every key to KV again, after KV was emptied or replaced',
      responses: done,
    }),
  },
}
