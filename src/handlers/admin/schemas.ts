/** The data of the administration API (JSON Schema 2020-12). */
const text = (description: string, maxLength?: number) => ({
  type: 'string',
  description,
  ...(maxLength !== undefined && { maxLength }),
})
const time = (description: string) => ({ type: 'string', format: 'date-time', description })
const words = (description: string) => ({
  type: 'array',
  description,
  maxItems: 50,
  items: { type: 'string', maxLength: 100 },
})
const orNull = (schema: { readonly type: string }) => ({ ...schema, type: [schema.type, 'null'] })
const record = (
  properties: Readonly<Record<string, object>>,
  required: readonly string[] = Object.keys(properties),
) => ({ type: 'object', properties, required })

const consumerMembers = {
  name: text('For people.', 200),
  description: text('For people.', 2000),
  metadata: {
    type: 'object',
    description: 'At most 4096 bytes of JSON, for policies and templates.',
  },
  tags: words('For lists.'),
  groups: words('For policies: `groups` of `api-key`.'),
  status: { enum: ['active', 'disabled'] },
}

const keyMembers = {
  name: text('For people.', 200),
  scopes: words('What the key may be used for: `scopes` of `api-key`.'),
  ipRanges: words('Addresses and CIDR blocks it may be used from. Empty: from anywhere.'),
  expires: orNull(time('null: never.')),
}

const id = text('Letters, digits and . _ ~ : @ -', 100)
const version = { type: 'integer', description: 'The ETag, without quotes.' }
const mode = { enum: ['live', 'test'] }
const keyStatus = { enum: ['active', 'disabled', 'revoked'] }

const key = {
  id,
  consumer: id,
  mode,
  ...keyMembers,
  status: keyStatus,
  start: text('How the key begins.'),
  lastFour: text('How it ends.'),
  created: time('When it was made.'),
  lastUsed: orNull(time('The last day it was used on.')),
  replaces: orNull(text('The key it was made to replace.')),
  version,
}

export const schemas = {
  Consumer: record({
    id,
    ...consumerMembers,
    created: time('When it was created.'),
    updated: time('When it was last changed.'),
    version,
  }),
  ConsumerInput: record({ id, ...consumerMembers }, []),
  ConsumerChange: record(consumerMembers, []),
  Key: record(key),
  KeyInput: record({ ...keyMembers, mode }, []),
  KeyChange: record({ ...keyMembers, status: keyStatus }, []),
  NewKey: record({ ...key, key: text('The key itself. It is shown here and never again.') }),
  Roll: record(
    {
      graceSeconds: {
        type: 'integer',
        minimum: 0,
        maximum: 31_536_000,
        default: 0,
        description: 'How long the old key works on.',
      },
      all: {
        type: 'boolean',
        default: false,
        description: "Also ends the consumer's other keys of the same mode.",
      },
    },
    [],
  ),
  Row: record({
    consumer: { type: 'object' },
    keys: { type: 'array', items: { type: 'object' } },
  }),
  Import: record({
    id,
    rows: { type: 'integer', description: 'Rows taken; the number of the next one to send.' },
    consumersCreated: { type: 'integer' },
    keysCreated: { type: 'integer' },
    unchanged: { type: 'integer', description: 'Consumers and keys that were there already.' },
    failed: { type: 'integer' },
    errors: {
      type: 'array',
      description: 'The first hundred.',
      items: record({ row: { type: 'integer' }, detail: { type: 'string' } }),
    },
  }),
  Counting: record({
    policy: text('The name of its counters.'),
    by: { type: 'array', items: { type: 'string' }, description: 'What tells callers apart.' },
    unavailable: {
      type: 'integer',
      description:
        'Requests whose counter did not answer, since the isolate that tells it started.',
    },
  }),
  CounterReport: record({
    policy: text('The name of its counters.'),
    caller: { type: 'array', items: { type: 'string' } },
    limits: {
      type: 'array',
      description: 'Empty when nothing is counted at the moment.',
      items: record(
        {
          name: text('How the caller is told of it.'),
          algorithm: { enum: ['sliding-window', 'fixed-window', 'token-bucket', 'period'] },
          limit: { type: 'integer' },
          windowSeconds: { type: 'number' },
          period: { enum: ['hour', 'day', 'week', 'month'] },
          remaining: { type: 'integer', description: 'Tokens left.' },
          resetSeconds: { type: 'integer', description: 'Until all are there again.' },
        },
        ['name', 'algorithm', 'limit', 'remaining', 'resetSeconds'],
      ),
    },
    inFlight: { type: 'integer', description: 'Slots held.' },
  }),
  AuditEntry: record({
    sequence: { type: 'integer' },
    at: time('When.'),
    actor: text('Who: policy and subject.'),
    action: text('What: `key.revoke`.'),
    target: text('To which consumer, key, import or counting policy.'),
    detail: { type: 'object' },
  }),
  Figures: record({
    consumers: { type: 'integer' },
    keys: { type: 'integer' },
    pending: { type: 'integer', description: 'Keys that are still to be written to KV.' },
    databaseBytes: { type: 'integer' },
  }),
  Problem: record(
    {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string' },
      requestId: { type: 'string' },
    },
    ['title', 'status', 'code'],
  ),
}
