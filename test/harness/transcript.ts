import { request } from 'node:http'
import { expect } from 'vitest'
import type { Upstream } from './upstream.ts'

/**
 * A conversation as READMEs show it. Lines begin with who speaks:
 *
 *     > GET /items/42          the client's request line, then its header fields, a bare `>`, its body
 *     ^ X-Tenant: acme         what the upstream received; `^ !Authorization` was not there; `^ nothing`
 *     ^ GET /v2/items/42       its request line
 *     < 401                    the answer's status, then fields (`*` stands for any text, `!Name` is absent),
 *     <                        a bare `<`, and a body: JSON that the answer's body has to contain
 */
export interface Transcript {
  readonly sent: readonly string[]
  readonly forwarded: readonly string[]
  readonly answer: readonly string[]
}

/** Every exchange of every ```transcript block, in order. */
export function transcriptsOf(markdown: string): readonly Transcript[] {
  const found: { sent: string[]; forwarded: string[]; answer: string[] }[] = []
  for (const [, block] of markdown.matchAll(/^```transcript\n(.*?)^```$/gms)) {
    let hasAnswer = true
    for (const line of block!.split('\n')) {
      const text = line.slice(1).replace(/^ /, '')
      if (line.startsWith('>')) {
        if (hasAnswer) found.push({ sent: [], forwarded: [], answer: [] })
        hasAnswer = false
        found.at(-1)!.sent.push(text)
      } else if (line.startsWith('^')) found.at(-1)!.forwarded.push(text)
      else if (line.startsWith('<')) {
        hasAnswer = true
        found.at(-1)!.answer.push(text)
      } else if (line.trim() !== '')
        throw new Error(`a transcript line begins with > ^ or <: ${line}`)
    }
  }
  return found
}

/** Plays it against a gateway and compares. */
export async function play(transcript: Transcript, url: string, upstream: Upstream): Promise<void> {
  upstream.seen.length = 0
  const [line = '', ...rest] = transcript.sent
  const { fields, body } = split(rest)
  const answer = await send(url, line, fields, body)
  const [status = '', ...expected] = transcript.answer
  const label = `${line} answered ${answer.status}: ${answer.body}`
  expect(String(answer.status), label).toBe(status.split(' ')[0])
  const want = split(expected)
  for (const field of want.fields) compare(field, answer.fields, line)
  if (want.body !== '') expect(JSON.parse(answer.body), label).toMatchObject(JSON.parse(want.body))
  for (const one of transcript.forwarded) {
    const seen = upstream.seen[0]
    if (one === 'nothing') expect(seen, `${line} reached the upstream`).toBeUndefined()
    else if (/^[A-Z]+ \//.test(one)) expect(`${seen?.method} ${seen?.target}`).toBe(one)
    else compare(one, new Map(pairs(seen?.rawHeaders ?? [])), line)
  }
}

interface Answer {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
}

/** Node's client, because `fetch` refuses fields such as Origin and Host. */
function send(url: string, line: string, fields: readonly string[], body: string): Promise<Answer> {
  const [method, path] = line.split(' ') as [string, string]
  const headers = fields.map((field) => field.split(/:\s*(.*)/s).slice(0, 2) as [string, string])
  if (body !== '') headers.push(['Content-Length', String(Buffer.byteLength(body))])
  return new Promise((resolve, reject) => {
    const options = { method, path, headers: headers.flat(), agent: false as const }
    const host = headers.some(([name]) => name.toLowerCase() === 'host')
    const { hostname, port, host: authority } = new URL(url)
    if (!host) options.headers.push('Host', authority)
    const outgoing = request({ ...options, hostname, port }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          fields: new Map(pairs(response.rawHeaders)),
          body: text,
        }),
      )
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function split(lines: readonly string[]): { fields: readonly string[]; body: string } {
  const blank = lines.indexOf('')
  return blank < 0
    ? { fields: lines, body: '' }
    : { fields: lines.slice(0, blank), body: lines.slice(blank + 1).join('\n') }
}

function compare(field: string, actual: ReadonlyMap<string, string>, line: string): void {
  if (field.startsWith('!')) {
    expect(actual.get(field.slice(1).toLowerCase()), `${line}: ${field}`).toBeUndefined()
    return
  }
  const [name, value] = field.split(/:\s*(.*)/s) as [string, string]
  const pattern = value.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const given = actual.get(name.toLowerCase())
  expect(given, `${line}: ${field}`).toMatch(new RegExp(`^${pattern.join('.*')}$`, 's'))
}

/** Repeated fields are joined as RFC 9110 §5.3 says. */
function pairs(raw: readonly string[]): [string, string][] {
  const fields = new Map<string, string>()
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    fields.set(name, fields.has(name) ? `${fields.get(name)}, ${raw[i + 1]}` : raw[i + 1]!)
  }
  return [...fields]
}
