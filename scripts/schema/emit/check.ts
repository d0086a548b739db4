import { TYPE_BITS } from '../../../src/openapi/schema/violation.ts'
import type { formats } from '../../../src/openapi/schema/formats.ts'
import type { AlternativesStep, NodeId, Pattern, SchemaNode, Step } from '../ir.ts'
import { scannerOf } from '../pattern/scanner.ts'
import { emitArray, emitUnevaluatedItems } from './array.ts'
import type { ModuleWriter } from './module.ts'
import { emitObject, emitUnevaluatedProperties } from './object.ts'
import { emitConst, emitEnum, emitFormat, emitNumber, emitText } from './scalar.ts'
import { literal, typeTest } from './source.ts'

/** Where a generated statement finds the value it checks. */
export interface Place {
  /** The variable that holds the value. */
  readonly value: string
  /** An expression for its JSON pointer; evaluated only when something is reported. */
  readonly pointer: string
  /** Types the value can still have, as bits of TYPE_BITS. */
  readonly types: number
}

const ANY_TYPE = Object.values(TYPE_BITS).reduce<number>((all, bit) => all | bit, 0)

export const place = (value: string, pointer: string): Place => ({
  value,
  pointer,
  types: ANY_TYPE,
})

/**
 * Writes the function of one node. In it: v the value, p its pointer, e the findings (null in the
 * first pass), D the dynamic scope, L what the caller wants to know was looked at, E the same for
 * this node. It returns false to stop: in the first pass because v does not match, later because
 * nobody wants to know more.
 */
export class CheckWriter {
  readonly module: ModuleWriter
  readonly #id: NodeId
  readonly #tracked: boolean
  readonly #evaluates: boolean
  #variables = 0

  constructor(module: ModuleWriter, id: NodeId, tracked: boolean) {
    this.module = module
    this.#id = id
    this.#tracked = tracked
    this.#evaluates = tracked || usesUnevaluated(module.node(id))
  }

  write(name: string): string {
    const node = this.module.node(this.#id)
    if (typeof node === 'boolean') throw new TypeError('true and false need no function')
    const parameters = ['v', 'p', 'e', ...this.#extra('L')]
    const lines = [`function ${name}(${parameters.join(', ')}) {`]
    if (this.module.analysis.cyclic.has(this.#id)) lines.push(`${this.helper('spendWork')}()`)
    if (node.resource !== undefined) {
      const resource = this.module.resource(node.resource)
      lines.push(`D = ${this.helper('enterResource')}(D, ${resource})`)
    }
    if (this.#evaluates) {
      lines.push(`const E = new ${this.helper('Evaluated')}()`)
      lines.push(`const before = ${this.helper('count')}(e)`)
    }
    lines.push(this.steps(node.steps, place('v', 'p'), this.#evaluates))
    if (this.#tracked) lines.push(`if (${this.isMatchSoFar()}) L.add(E)`)
    lines.push('return true', '}')
    return joined(lines)
  }

  /** An expression for functions that evaluate: nothing has been reported since they began. */
  isMatchSoFar(): string {
    return `${this.helper('count')}(e) === before`
  }

  helper(name: string): string {
    return this.module.helper(name)
  }

  variable(prefix: string): string {
    this.#variables += 1
    return `${prefix}${this.#variables}`
  }

  /** Statements for all steps of a node; `evaluates` when they note in E what they looked at. */
  steps(steps: readonly Step[], at: Place, evaluates: boolean): string {
    const [first, ...others] = steps
    if (first?.kind !== 'type') return joined(steps.map((one) => this.#step(one, at, evaluates)))
    const wrong = `!(${typeTest(first.mask, at.value)})`
    const known = { ...at, types: first.mask }
    const rest = joined(others.map((one) => this.#step(one, known, evaluates)))
    if (rest === '') return this.refuseIf(wrong, at, 'type', `${first.mask}`)
    return `if (${wrong}) {\n${this.refuse(at, 'type', `${first.mask}`)}\n} else {\n${rest}\n}`
  }

  /** An expression that reports a mismatch and is true when nobody wants to know more. */
  fail(at: Place, keyword: string, argument = ''): string {
    const rest = argument === '' ? '' : `, ${argument}`
    return `${this.helper('fail')}(e, ${at.pointer}, ${literal(keyword)}${rest})`
  }

  refuse(at: Place, keyword: string, argument = ''): string {
    return `if (${this.fail(at, keyword, argument)}) return false`
  }

  refuseIf(test: string, at: Place, keyword: string, argument = ''): string {
    return `if (${test} && ${this.fail(at, keyword, argument)}) return false`
  }

  /**
   * A statement that applies a schema to a value.
   * @param keyword what to name when the schema is `false`.
   * @param evaluates whether it counts for `unevaluated*` of this node: same value, not below.
   */
  apply(id: NodeId, at: Place, keyword: string, evaluates = false): string {
    const node = this.module.node(id)
    if (node === true) return ''
    if (node === false) return this.refuse(at, keyword)
    if (isSimple(node)) return this.steps(node.steps, at, false)
    const pointer = at.pointer === 'p' ? 'p' : `e && ${at.pointer}`
    return `if (!${this.#call(id, at.value, pointer, 'e', evaluates)}) return false`
  }

  /** An expression that is true when a value matches; nothing is reported. */
  test(id: NodeId, value: string, evaluates = false): string {
    const node = this.module.node(id)
    if (typeof node === 'boolean') return `${node}`
    const [first, ...others] = node.steps
    const isTypeOnly = first?.kind === 'type' && others.length === 0
    if (isTypeOnly) return `(${typeTest(first.mask, value)})`
    return this.#call(id, value, 'null', 'null', evaluates)
  }

  #call(id: NodeId, value: string, pointer: string, findings: string, evaluates: boolean): string {
    const tracked = evaluates && this.module.analysis.evaluating.has(id)
    const scope = this.module.isScoped(id) ? ['D'] : []
    const args = [value, pointer, findings, ...scope, ...(tracked ? ['E'] : [])]
    return `${this.module.check(id, tracked)}(${args.join(', ')})`
  }

  #extra(evaluated: string): string[] {
    return [...(this.module.isScoped(this.#id) ? ['D'] : []), ...(this.#tracked ? [evaluated] : [])]
  }

  #step(step: Step, at: Place, evaluates: boolean): string {
    switch (step.kind) {
      case 'enum':
        return emitEnum(this, step.values, at)
      case 'const':
        return emitConst(this, step.value, at)
      case 'number':
        return emitNumber(this, step, at)
      case 'text':
        return emitText(this, step, at)
      case 'format':
        return emitFormat(this, step.name as keyof typeof formats, at)
      case 'array':
        return emitArray(this, step, at, evaluates)
      case 'object':
        return emitObject(this, step, at, evaluates)
      case 'allOf':
        return joined(step.nodes.map((id) => this.apply(id, at, 'allOf', evaluates)))
      case 'anyOf':
      case 'oneOf':
        return this.#alternatives(step, at, evaluates)
      case 'not':
        return this.refuseIf(this.test(step.node, at.value), at, 'not')
      case 'ref':
        return this.apply(step.node, at, '$ref', evaluates)
      case 'dynamicRef': {
        const resource = this.module.resource(step.resource)
        const args = `${literal(step.anchor)}, ${resource}, ${at.value}, ${at.pointer}, e, D`
        const call = `${this.helper('callDynamic')}(${args}, ${evaluates ? 'E' : 'null'})`
        return `if (!${call}) return false`
      }
      case 'if': {
        const then =
          step.whenTrue === undefined ? '' : this.apply(step.whenTrue, at, 'then', evaluates)
        const { whenFalse } = step
        const other = whenFalse === undefined ? '' : this.apply(whenFalse, at, 'else', evaluates)
        if (then === '' && other === '' && !evaluates) return ''
        return `if (${this.test(step.test, at.value, evaluates)}) {\n${then}\n} else {\n${other}\n}`
      }
      case 'unevaluatedProperties':
        return emitUnevaluatedProperties(this, step.node, at)
      case 'unevaluatedItems':
        return emitUnevaluatedItems(this, step.node, at)
      case 'refused':
        return this.refuse(at, step.keyword)
      default:
        // Any other place than the first cannot happen; a type is a type wherever it stands
        return this.steps([step], at, evaluates)
    }
  }

  /** An expression that is true when a text matches. */
  matches({ source, flags }: Pattern, text: string): string {
    const scanner = scannerOf(source, flags === 'u')
    if (scanner !== undefined) return `${this.module.constant(scanner)}(${text})`
    const regexp = this.module.constant(`new RegExp(${literal(source)}, ${literal(flags)})`)
    return `${regexp}.test(${text})`
  }

  /** Statements for values of some types only; others pass. */
  only(at: Place, types: number, parts: readonly string[]): string {
    const statements = joined(parts)
    if (statements === '') return ''
    if ((at.types & ~types) === 0) return statements
    return `if (${typeTest(types & ANY_TYPE, at.value)}) {\n${statements}\n}`
  }

  #alternatives(step: AlternativesStep, at: Place, evaluates: boolean): string {
    const { kind, nodes } = step
    const tests = nodes.map((id) => this.test(id, at.value, evaluates))
    if (kind === 'anyOf' && !evaluates) {
      return `if (!(${tests.join(' || ')}) && ${this.#explain(step, at)}) return false`
    }
    const matched = this.variable('n')
    // One match more than allowed decides; what else matches counts only for unevaluated*
    const count = tests.map((test, index) => {
      const open = index > 1 && !evaluates ? `${matched} < 2 && ` : ''
      return `if (${open}${test}) ${matched}++`
    })
    const none = `if (${matched} === 0 && ${this.#explain(step, at)}) return false`
    const several = this.refuseIf(`${matched} > 1`, at, 'oneOf', matched)
    return joined([`let ${matched} = 0`, ...count, none, kind === 'oneOf' ? several : ''])
  }

  /** An expression like `fail`. */
  #explain({ kind, nodes, discriminator }: AlternativesStep, at: Place): string {
    const isScoped = nodes.some((id) => this.module.isScoped(id))
    const checks = nodes.map((id) =>
      this.module.isScoped(id)
        ? `(v, p, e) => ${this.module.check(id, false)}(v, p, e, D)`
        : this.module.entry(id),
    )
    // Function declarations are hoisted, so a constant may list them
    const all = `[${checks.join(', ')}]`
    const list = isScoped ? all : this.module.constant(all)
    const names =
      discriminator === undefined
        ? ''
        : `, ${this.module.constant(
            `{ property: ${literal(discriminator.property)}, ` +
              `branches: new Map(${literal(discriminator.branches)})` +
              `${discriminator.other === undefined ? '' : `, other: ${discriminator.other}`} }`,
          )}`
    const args = `${literal(kind)}, ${list}, ${at.value}, ${at.pointer}, e${names}`
    return `${this.helper('explainNone')}(${args})`
  }
}

export const joined = (parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('\n')

const SIMPLE = new Set<Step['kind']>([
  'type',
  'enum',
  'const',
  'number',
  'text',
  'format',
  'refused',
])

/**
 * One test may stand where it is used; anything more is a function of its own, which V8 inlines
 * where that pays and which keeps the module small.
 */
const isSimple = (node: Exclude<SchemaNode, boolean>): boolean =>
  node.resource === undefined &&
  node.steps.length <= 1 &&
  node.steps.every(({ kind }) => SIMPLE.has(kind))

const usesUnevaluated = (node: SchemaNode): boolean =>
  typeof node !== 'boolean' && node.steps.some(({ kind }) => kind.startsWith('unevaluated'))
