import { definePolicy, type Exchange, option, type Template, template } from '#gateway'

export default definePolicy({
  summary: 'Sets header fields of the request that goes upstream, of the response, or of both.',
  status: 'stable',
  options: {
    request: fields('Fields of the request.'),
    response: fields('Fields of the response.'),
    ifAbsent: option.boolean('Leaves a field alone that is already there.', { default: false }),
  },
  setup({ request, response, ifAbsent }) {
    const up = compiled(request)
    const down = compiled(response)
    return {
      ...(up.length > 0 && {
        request: (exchange) => set(exchange.upstreamRequest.headers, up, ifAbsent, exchange),
      }),
      ...(down.length > 0 && {
        response: ({ headers }, exchange) => set(headers, down, ifAbsent, exchange),
      }),
    }
  },
})

function fields(description: string) {
  return option.record(option.template('Value of the field.'), description, {
    names: option.headerName('Name of the field.'),
    default: {},
  })
}

type Fields = readonly (readonly [name: string, value: Template])[]

function compiled(fields: Readonly<Record<string, string>>): Fields {
  return Object.entries(fields).map(([name, value]) => [name, template(value, 'header')])
}

function set(headers: Headers, fields: Fields, ifAbsent: boolean, exchange: Exchange): void {
  for (const [name, value] of fields) {
    if (!ifAbsent || !headers.has(name)) headers.set(name, value.text(exchange))
  }
}
