import { Ajv2020 } from 'ajv/dist/2020.js'
import standaloneCode from 'ajv/dist/standalone/index.js'
import addFormats from 'ajv-formats'
import { fromOas30 } from '../../conformance/schema-differential/oracles.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * Ajv's standalone code for schemas of one document, exported as v0, v1, …: the same schemas in
 * the words of 2020-12, with the same formats asserted.
 */
export function ajvStandalone(
  schemas: readonly unknown[],
  document: unknown,
  dialect: string,
  allErrors: boolean,
): string {
  const ajv = new Ajv2020({
    strict: false,
    allErrors,
    logger: false,
    code: { source: true, esm: true, lines: false },
  })
  const plugin = addFormats as unknown as { default: (instance: Ajv2020) => void }
  plugin.default(ajv)
  const isOas30 = dialect === 'oas-3.0'
  const components = ((document as Members)['components'] as Members | undefined)?.['schemas'] ?? {}
  const $defs = Object.fromEntries(
    Object.entries(components as Members).map(([name, schema]) => [name, fromOas30(schema)]),
  )
  if (isOas30) ajv.addSchema({ $id: 'https://components.test/', $defs })
  const names = schemas.map((schema, index) => {
    const converted = (isOas30 ? fromOas30(schema) : schema) as Members
    ajv.addSchema({ ...converted, $id: `https://roots.test/${index}` })
    return [`v${index}`, `https://roots.test/${index}`]
  })
  const generate = standaloneCode as unknown as {
    default: (instance: Ajv2020, names: Record<string, string>) => string
  }
  return importing(generate.default(ajv, Object.fromEntries(names) as Record<string, string>))
}

/** Its ESM output still calls \`require\` for its own helpers; a Worker has only imports. */
function importing(code: string): string {
  const imports: string[] = []
  const text = code.replaceAll(/require\("([^"]+)"\)/g, (_, name: string) => {
    const local = `required${imports.length}`
    imports.push(
      `import * as ${local}_all from '${new URL(`../../../node_modules/${name}.js`, import.meta.url).pathname}'`,
    )
    imports.push(`const ${local} = ${local}_all.default ?? ${local}_all`)
    return local
  })
  return [...imports, text].join('\n')
}
