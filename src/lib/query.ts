/** A query without one of its parameters, the rest byte for byte. Empty, or starts with `?`, as it came. */
export function withoutParameter(query: string, name: string): string {
  if (query === '') return query
  const left = query
    .slice(1)
    .split('&')
    .filter((pair) => parameterName(pair) !== name)
  return left.length === 0 ? '' : `?${left.join('&')}`
}

/** The name of one `name=value`, decoded as `URLSearchParams` does. */
function parameterName(pair: string): string {
  const [name = ''] = pair.split('=', 1)
  return new URLSearchParams(`${name}=`).keys().next().value ?? ''
}
