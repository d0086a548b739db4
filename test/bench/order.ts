/** An order as a shop may send it: formats, patterns, alternatives, names that are checked. */
const address = {
  street: 'Tumblinger Straße 21',
  city: 'München',
  country: 'DE',
  postcode: '80337',
}
const line = (index: number) => ({
  sku: `SKU-${String(index).padStart(5, '0')}`,
  title: `Article number ${index}`,
  quantity: 1 + (index % 5),
  unitPrice: { amount: 19.99, currency: 'EUR' },
  attributes: { color: 'green', size: 'L' },
  discount: index % 2 === 0 ? { kind: 'percent', percent: 10 } : { kind: 'absolute', amount: 2.5 },
})
/** About 2 KB of JSON. */
export const order = {
  id: '8d3f5a70-9c1e-4b7a-8f10-2f6a1c0b9d4e',
  placedAt: '2026-11-20T08:30:00Z',
  status: 'paid',
  customer: { email: 'ada@example.com', name: 'Ada Lovelace', phone: '+49 89 123456', address },
  delivery: { ...address, instructions: 'Ring twice, please.' },
  lines: Array.from({ length: 9 }, (_, index) => line(index)),
  tags: ['gift', 'express', 'newsletter'],
  notes: 'x'.repeat(60),
}

export const orderSchema = {
  type: 'object',
  required: ['id', 'placedAt', 'status', 'customer', 'lines'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    placedAt: { type: 'string', format: 'date-time' },
    status: { enum: ['new', 'paid', 'packed', 'shipped', 'delivered', 'returned', 'cancelled'] },
    customer: {
      type: 'object',
      required: ['email', 'name', 'address'],
      properties: {
        email: { type: 'string', format: 'email' },
        name: { type: 'string', minLength: 1, maxLength: 100 },
        phone: { type: 'string', pattern: '^\\+?[0-9 ]{5,20}$' },
        address: { $ref: '#/$defs/address' },
      },
    },
    delivery: { allOf: [{ $ref: '#/$defs/address' }, { required: ['city'] }] },
    lines: { type: 'array', minItems: 1, maxItems: 100, items: { $ref: '#/$defs/line' } },
    tags: { type: 'array', uniqueItems: true, items: { type: 'string', maxLength: 20 } },
    notes: { type: ['string', 'null'], maxLength: 500 },
  },
  $defs: {
    address: {
      type: 'object',
      required: ['street', 'city', 'country'],
      properties: {
        street: { type: 'string', minLength: 1 },
        city: { type: 'string', minLength: 1 },
        country: { type: 'string', pattern: '^[A-Z]{2}$' },
        postcode: { type: 'string', maxLength: 12 },
        instructions: { type: 'string' },
      },
    },
    line: {
      type: 'object',
      required: ['sku', 'quantity', 'unitPrice'],
      properties: {
        sku: { type: 'string', pattern: '^SKU-[0-9]{5}$' },
        title: { type: 'string' },
        quantity: { type: 'integer', minimum: 1, maximum: 1000 },
        unitPrice: {
          type: 'object',
          required: ['amount', 'currency'],
          properties: {
            amount: { type: 'number', minimum: 0 },
            currency: { enum: ['EUR', 'USD'] },
          },
          additionalProperties: false,
        },
        attributes: {
          type: 'object',
          propertyNames: { pattern: '^[a-z]+$' },
          additionalProperties: { type: 'string' },
        },
        discount: {
          oneOf: [
            {
              type: 'object',
              required: ['kind', 'percent'],
              properties: { kind: { const: 'percent' }, percent: { type: 'number', maximum: 100 } },
            },
            {
              type: 'object',
              required: ['kind', 'amount'],
              properties: { kind: { const: 'absolute' }, amount: { type: 'number', minimum: 0 } },
            },
          ],
        },
      },
      additionalProperties: false,
    },
  },
}
