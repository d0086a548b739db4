import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { document, type Files, repository } from '../harness/gateway.ts'
import { type Host, startHost } from '../harness/host.ts'
import { play, transcriptsOf } from '../harness/transcript.ts'
import { startUpstream, type Upstream } from '../harness/upstream.ts'

let upstream: Upstream
let host: Host
beforeAll(async () => {
  host = startHost()
  upstream = await startUpstream()
})
afterAll(() => Promise.all([host.stop(), upstream.stop()]))

const readmes = ['policies', 'handlers'].flatMap((kind) =>
  readdirSync(join(repository, 'src', kind)).map((name) => `src/${kind}/${name}/README.md`),
)
/** Other pages have an example where it helps. */
const pages = readdirSync(join(repository, 'docs'))
  .map((name) => `docs/${name}`)
  .filter((file) => /^```transcript$/m.test(readFileSync(join(repository, file), 'utf8')))

it.each([...readmes, ...pages])(
  'the example of %s compiles and its transcript plays',
  async (file) => {
    expect(existsSync(join(repository, file)), `${file} is missing`).toBe(true)
    const markdown = readFileSync(join(repository, file), 'utf8')
    const transcripts = transcriptsOf(markdown)
    expect(transcripts.length, 'a README shows at least one transcript').toBeGreaterThan(0)
    const { files, variables } = configOf(markdown)
    const gateway = await host.start(files, {
      upstream: upstream.url,
      // for handlers of one's own
      variables: { UPSTREAM: upstream.url, ...variables },
    })
    try {
      for (const transcript of transcripts) await play(transcript, gateway.url, upstream)
    } finally {
      await gateway.stop()
    }
  },
)

/** Code blocks named like files are the config; without a document all policies stand on a plain one. */
function configOf(markdown: string): { files: Files; variables: Record<string, string> } {
  const files: Record<string, unknown> = {}
  let variables: Record<string, string> = {}
  for (const [, name, text] of markdown.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)) {
    if (name === 'variables') {
      variables = Object.fromEntries(
        text!
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/s)),
      )
    } else files[name!] = text
  }
  if (!Object.keys(files).some((name) => /\.oas\./.test(name))) {
    const policies = JSON.parse(String(files['policies.json'])) as Record<string, unknown>
    const methods = ['GET', 'POST', 'PUT', 'DELETE']
    const operations = methods.flatMap((method) => [
      [`${method} /items`, {}],
      [`${method} /items/{id}`, {}],
    ])
    files['routes.oas.json'] = document(Object.fromEntries(operations), {
      'x-policies': Object.keys(policies).filter((name) => name !== '$schema'),
    })
  }
  return { files, variables }
}
