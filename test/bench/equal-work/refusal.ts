/** RFC 9457, as short as it may be; the gateway's own problems also say what to do. */
export function refusal(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify({ status, request: crypto.randomUUID() }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}
