import { analyse, type Analysis } from '../analysis.ts'
import type { NodeId, Program, SchemaNode } from '../ir.ts'
import { CheckWriter } from './check.ts'
import { literal } from './source.ts'

export interface Emitted {
  readonly module: string
  readonly types: string
  readonly exports: ReadonlyMap<string, string>
}

/** Writes the module: imports, constants, one function for each node in use, the exports. */
export function emitModule(
  program: Program,
  roots: ReadonlyMap<string, NodeId>,
  runtime: string,
): Emitted {
  const writer = new ModuleWriter(program)
  const names = exportNames([...roots.keys()])
  const exported = [...roots].map(([id, node]) => {
    const deep = writer.analysis.deep.has(node)
    const check = writer.entry(node)
    return `export const ${names.get(id)} = ${writer.helper('validator')}(${check}, ${deep})`
  })
  const body = writer.finish()
  const declarations = [...names.values()].map((name) => `export declare const ${name}: Validate`)
  return {
    module: [
      '// Written by `cardea compile` from the schemas of the OpenAPI documents. Do not edit.',
      `import { ${[...writer.helpers].toSorted().join(', ')} } from ${literal(runtime)}`,
      ...body,
      ...exported,
      '',
    ].join('\n'),
    types: [
      `import type { Validate } from ${literal(runtime)}`,
      ...declarations,
      'export {}',
      '',
    ].join('\n'),
    exports: names,
  }
}

/** Readable names: an id keeps its letters and digits, and a number tells equal ones apart. */
function exportNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  return new Map(
    ids.map((id) => {
      const base = `validate_${id.replaceAll(/[^A-Za-z0-9]+/g, '_').slice(0, 80)}`
      let name = base
      for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`
      taken.add(name)
      return [id, name]
    }),
  )
}

/** What the functions of one module share. */
export class ModuleWriter {
  readonly program: Program
  readonly analysis: Analysis
  readonly helpers = new Set<string>()
  readonly #constants = new Map<string, string>()
  readonly #resources = new Map<string, string>()
  readonly #functions = new Map<string, NodeId>()
  readonly #tracked = new Set<string>()
  readonly #written: { readonly source: string; readonly names: string }[] = []

  constructor(program: Program) {
    this.program = program
    this.analysis = analyse(program)
  }

  /** A name imported from the run time. */
  helper(name: string): string {
    this.helpers.add(name)
    return name
  }

  /** A module-level constant for an expression, the same for the same expression. */
  constant(expression: string): string {
    const known = this.#constants.get(expression)
    if (known !== undefined) return known
    const name = `k${this.#constants.size}`
    this.#constants.set(expression, name)
    return name
  }

  node(id: NodeId): SchemaNode {
    return this.program.nodes[id] ?? true
  }

  isScoped(id: NodeId): boolean {
    return this.analysis.scoped.has(id)
  }

  /** The function that checks a node; `tracked` is the one that also reports what it looked at. */
  check(id: NodeId, tracked: boolean): string {
    const name = `s${id}${tracked ? 't' : ''}`
    this.#functions.set(name, id)
    if (tracked) this.#tracked.add(name)
    return name
  }

  /** A check without scope for a node, as exports and lists of alternatives want it. */
  entry(id: NodeId): string {
    const node = this.node(id)
    if (typeof node === 'boolean') return this.helper(node ? 'always' : 'never')
    const check = this.check(id, false)
    return this.isScoped(id) ? `(v, p, e) => ${check}(v, p, e, null)` : check
  }

  /** The constant that holds a resource's dynamic anchors. */
  resource(name: string): string {
    const known = this.#resources.get(name)
    if (known !== undefined) return known
    const constant = `r${this.#resources.size}`
    this.#resources.set(name, constant)
    return constant
  }

  finish(): string[] {
    const resources = new Map<string, string>()
    for (let before = -1; before !== this.#functions.size + this.#resources.size;) {
      before = this.#functions.size + this.#resources.size
      for (const [name, id] of [...this.#functions].slice(this.#written.length)) {
        const source = new CheckWriter(this, id, this.#tracked.has(name)).write(name)
        this.#written.push({ source: indented(source), names: propertyNames(this.node(id)) })
      }
      for (const [name, constant] of this.#resources) {
        if (!resources.has(name)) resources.set(name, this.#scope(name, constant))
      }
    }
    const constants = [...this.#constants].map(([source, name]) => `const ${name} = ${source}`)
    // Like beside like: gzip sees 32 KiB at a time, and a public API shrinks by a sixth more
    const functions = this.#written.toSorted((a, b) => compare(a.names, b.names))
    return [...constants, ...resources.values(), ...functions.map(({ source }) => source)]
  }

  #scope(name: string, constant: string): string {
    const anchors = [...(this.program.anchors.get(name) ?? [])].map(([anchor, id]) => {
      const scoped = this.isScoped(id) ? ', D' : ''
      const node = this.node(id)
      if (typeof node === 'boolean') return `[${literal(anchor)}, ${this.entry(id)}]`
      const plain = `${this.check(id, false)}(v, p, e${scoped})`
      const tracked = `${this.check(id, true)}(v, p, e${scoped}, E)`
      return `[${literal(anchor)}, (v, p, e, D, E) => E === null ? ${plain} : ${tracked}]`
    })
    return `const ${constant} = new Map([${anchors.join(', ')}])`
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function propertyNames(node: SchemaNode): string {
  const steps = typeof node === 'boolean' ? [] : node.steps
  return steps
    .flatMap((step) => (step.kind === 'object' ? (step.properties ?? []) : []))
    .map(([name]) => name)
    .join(' ')
}

/** Two spaces for each open block. Statements open one only at the end of a line. */
function indented(source: string): string {
  let depth = 0
  const lines = source.split('\n').map((line) => {
    if (line.startsWith('}')) depth -= 1
    const text = line === '' ? '' : '  '.repeat(depth) + line
    if (line.endsWith('{')) depth += 1
    return text
  })
  return lines.filter((line) => line !== '').join('\n')
}
