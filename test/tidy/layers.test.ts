import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { repository } from '../harness/gateway.ts'

/** Files git knows or would take, so that what is not yet committed is looked at, too. */
const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'],
  {
    cwd: repository,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => /^(src|durable-objects)\//.test(file) && !/\.(test|long)\.ts$/.test(file))

/** Which part of the house a file belongs to; a part of `policies` and `handlers` for each folder. */
function layerOf(file: string): string {
  const [first, second = '', third = ''] = file.split('/')
  if (first === 'durable-objects') return 'durable-objects'
  if (file === 'src/worker.ts') return 'worker'
  return second === 'policies' || second === 'handlers' ? `${second}/${third}` : second
}

const DOMAINS = ['openapi', 'limits', 'ai', 'mcp']
const CORE_AND_LIB = new Set(['core', 'lib'])

/** What may import what: ARCHITECTURE, “What may import what”. */
function mayImport(from: string, to: string): boolean {
  if (from === to || from === 'worker') return true
  if (from === 'lib') return false
  if (from === 'core') return to === 'lib'
  if (DOMAINS.includes(from) || from === 'stores') return CORE_AND_LIB.has(to)
  if (from === 'durable-objects' || from === 'local') return CORE_AND_LIB.has(to)
  if (/^(policies|handlers)\//.test(from)) return ['#gateway', 'lib', ...DOMAINS].includes(to)
  return false
}

const PACKAGES: Readonly<Record<string, RegExp>> = {
  lib: /^(ipaddr\.js)$/,
  core: /^$/,
  worker: /^#(compiled|objects)$/,
  local: /^(cloudflare:workers|http-cache-semantics)$/,
  'durable-objects': /^(cloudflare:workers|ipaddr\.js)$/,
  // loaded by `.compile.ts` only, which the Worker never sees
  openapi: /^@eslint-community\/regexpp$/,
  'handlers/admin': /^hono(\/|$)/,
  'policies/jwt-auth': /^jose(\/|$)/,
}

it('every import keeps to its layer', () => {
  const wrong: string[] = []
  for (const file of files.filter((one) => !one.startsWith('src/generated/'))) {
    const from = layerOf(file)
    const text = readFileSync(join(repository, file), 'utf8')
    for (const [, isType, specifier = ''] of text.matchAll(
      /^(?:import|export)( type)?[^'"]*?from '([^']+)'/gm,
    )) {
      const isAllowed = specifier.startsWith('.')
        ? mayImport(from, layerOf(normalize(join(dirname(file), specifier))))
        : specifier === '#gateway'
          ? mayImport(from, '#gateway')
          : isType !== undefined || (PACKAGES[from]?.test(specifier) ?? false)
      if (!isAllowed) wrong.push(`${file} imports ${specifier}`)
    }
  }
  expect(wrong).toEqual([])
})

it('policies and handlers touch the world only through runtime and exchange', () => {
  const banned =
    /\bDate\.now\(|\bnew Date\(\)|(?<![.\w#])fetch\(|\bcrypto\.(randomUUID|getRandomValues)\(|\bconsole\.|^let |^export let |: any\b|<any>|\bas any\b|\beval\(|new Function\(/m
  const wrong = files
    .filter((file) => /^src\/(policies|handlers)\//.test(file) && !file.endsWith('.compile.ts'))
    .flatMap((file) => {
      const code = readFileSync(join(repository, file), 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*/g,
        '',
      )
      const found = banned.exec(code)
      return found ? [`${file}: ${found[0]}`] : []
    })
  expect(wrong).toEqual([])
})

it('no file is longer than a person reads in one go', () => {
  const long = files
    .filter((file) => !file.startsWith('src/generated/'))
    .map((file) => [file, readFileSync(join(repository, file), 'utf8').split('\n').length] as const)
    .filter(([, lines]) => lines > 320)
  expect(long).toEqual([])
})
