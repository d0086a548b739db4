import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Validate } from '../../src/openapi/schema/violation.ts'
import { compileSchemas, type Compiled, type Dialect, type Root, type Source } from './compile.ts'

const RUNTIME = pathToFileURL(join(import.meta.dirname, '../../src/openapi/schema/runtime.ts')).href

export interface Loaded {
  readonly compiled: Compiled
  /** @throws when the root has an error. */
  validator(id: string): Validate
}

/** For tests: compiles, and imports the module into Node. */
export async function load(
  sources: readonly Source[],
  roots: readonly Root[],
  formats = true,
): Promise<Loaded> {
  const compiled = await compileSchemas({ sources, roots }, { runtime: RUNTIME, formats })
  const folder = mkdtempSync(join(tmpdir(), 'cardea-validators-'))
  const file = join(folder, 'validators.mjs')
  writeFileSync(file, compiled.module)
  const validators = (await import(pathToFileURL(file).href)) as Record<string, Validate>
  rmSync(folder, { recursive: true })
  return {
    compiled,
    validator(id) {
      const validate = validators[compiled.exports.get(id) ?? '']
      if (validate !== undefined) return validate
      throw new Error(`no validator of ${id}: ${JSON.stringify(compiled.messages)}`)
    },
  }
}

/** A validator of one schema that stands alone. */
export async function validatorOf(
  value: unknown,
  dialect: Dialect = '2020-12',
  more: Partial<Root> = {},
): Promise<Validate> {
  const uri = 'https://schemas.test/schema.json'
  const loaded = await load([{ uri, value }], [{ id: 'schema', uri, dialect, ...more }])
  return loaded.validator('schema')
}

/** The messages about one schema that stands alone, as `code pointer`. */
export async function faultsOf(value: unknown, dialect: Dialect = '2020-12'): Promise<string[]> {
  const uri = 'https://schemas.test/schema.json'
  const { messages } = await compileSchemas({
    sources: [{ uri, value }],
    roots: [{ id: 'schema', uri, dialect }],
  })
  return messages.map(({ code, pointer }) => `${code} ${pointer}`)
}
