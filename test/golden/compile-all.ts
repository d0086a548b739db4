/** Compiles every case in one Node process, without vitest's module loader between, and prints JSON. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../../scripts/compile/compile.ts'
import { emit } from '../../scripts/compile/emit.ts'
import { format } from '../../scripts/compile/messages.ts'
import { Plugins, repository } from '../../scripts/compile/plugins.ts'

const cases = join(import.meta.dirname, 'cases')
/** The list of built-in parts grows; a case must not change with it. */
const builtIn = (['policy', 'handler'] as const).map((kind) =>
  new Plugins('').names(kind).join(', '),
)
const results: Record<string, string> = {}
for (const name of readdirSync(cases)) {
  const compiled = await compile({
    config: join(cases, name),
    isDry: true,
    isStrict: name.startsWith('strict-'),
  })
  const generated = compiled.isGood
    ? emit(compiled, join(repository, 'src/generated'))['gateway.ts']
    : 'nothing is written\n'
  const text = [compiled.messages.map(format).join('\n\n'), '-----', generated]
  results[name] = text.filter(Boolean).join('\n').replaceAll(repository, '…')
  for (const list of builtIn) results[name] = results[name].replaceAll(list, '(all built-in ones)')
}
console.log(JSON.stringify(results))
