import type { Builder } from './build.ts'
import type { SyntaxTree } from './hyperjump.ts'
import type {
  ArrayStep,
  ConditionStep,
  Discriminator,
  NodeId,
  NumberStep,
  ObjectStep,
  Pattern,
  Step,
  TextStep,
} from './ir.ts'
import { checkPattern } from './pattern/check.ts'
import { foreignPart, isIllegal } from './pattern/legal.ts'
import { below, type View } from './views.ts'

type Open<T> = { -readonly [K in keyof T]?: T[K] }

/** One schema object while its keywords are read, in whatever order they stand. */
export class Draft {
  readonly builder: Builder
  readonly tree: SyntaxTree
  readonly view: View
  readonly number: Open<NumberStep> = {}
  readonly text: Open<TextStep> = {}
  readonly array: Open<ArrayStep> = {}
  readonly object: Open<ObjectStep> = {}
  readonly condition: Open<ConditionStep> = {}
  /** What the discriminator calls each of the alternatives' URIs. */
  discriminator: ((uris: readonly string[]) => Discriminator | undefined) | undefined
  readonly alternatives: { kind: 'anyOf' | 'oneOf'; uris: readonly string[] }[] = []
  /** Where `pattern` stands, for what is said about it. */
  patternUri = ''
  /** Where OpenAPI 3.0 has `nullable: true`; the compiled `type` has it already. */
  nullableUri: string | undefined
  readonly #first: Step[] = []
  readonly #inPlace: Step[] = []
  readonly #last: Step[] = []

  constructor(builder: Builder, tree: SyntaxTree, view: View) {
    this.builder = builder
    this.tree = tree
    this.view = view
  }

  /** Decided before anything else: type, enum, const. */
  first(step: Step): void {
    this.#first.push(step)
  }

  inPlace(step: Step): void {
    this.#inPlace.push(step)
  }

  /** What looks at the outcome of everything else (2020-12 core §11). */
  last(step: Step): void {
    this.#last.push(step)
  }

  /** A subschema for the same value. */
  here(uri: string): NodeId {
    return this.builder.node(this.tree, uri, this.view)
  }

  /** A subschema for a value further down. */
  child(uri: string): NodeId {
    return this.builder.node(this.tree, uri, below(this.view))
  }

  /** A property's subschema: as `child`, unless this side must not send the property. */
  property(uri: string): NodeId {
    const { mark, refuse } = this.view
    if (refuse && mark !== undefined && this.builder.isForeign(this.tree, uri, this.view)) {
      return this.builder.add(uri, { steps: [{ kind: 'refused', keyword: mark }] })
    }
    return this.child(uri)
  }

  steps(): Step[] {
    if (this.text.pattern !== undefined) {
      checkPattern(this.text.pattern, this.text.maxLength, this.patternUri, this.builder.faults)
    }
    const type = this.#first.filter(({ kind }) => kind === 'type')
    const values = this.#first.filter(({ kind }) => kind !== 'type')
    if (this.nullableUri !== undefined) this.#checkNullable(this.nullableUri, type.length > 0)
    const { condition } = this
    return [
      ...type,
      ...values,
      ...filled({ kind: 'number' as const, ...this.number }),
      ...filled({ kind: 'text' as const, ...this.text }),
      ...filled({ kind: 'array' as const, ...this.array }),
      ...filled({ kind: 'object' as const, ...this.object }),
      ...this.#inPlace,
      ...this.alternatives.map((one) => this.#alternatives(one)),
      ...(condition.test === undefined
        ? []
        : [{ kind: 'if' as const, ...condition, test: condition.test }]),
      ...this.#last,
    ]
  }

  /** OpenAPI 3.0.3 §4.7.24: `nullable` widens the type of the same schema object, and nothing else. */
  #checkNullable(uri: string, hasType: boolean): void {
    const choices = this.#first.find(({ kind }) => kind === 'enum')
    const isExcluded = choices?.kind === 'enum' && !choices.values.includes(null)
    if (hasType && !isExcluded) return
    this.builder.faults.warning(
      'nullable-idle',
      uri,
      `This nullable lets no null pass: ${isExcluded ? '"enum" beside it does not hold null' : 'there is no "type" beside it'}.`,
      'In OpenAPI 3.0 it adds null to the type beside it; what enum, allOf or a reference refuse stays refused.',
      'Write "type" beside it and null into "enum", or an "anyOf" with an alternative for null.',
    )
  }

  /** Reports what is wrong with a keyword's value; the keyword is then left out. */
  refuseValue(uri: string, expected: string): void {
    this.builder.faults.error(
      'schema-keyword-value',
      uri,
      `The value of this keyword has to be ${expected}.`,
      'As it stands the keyword means nothing, and values would pass that it should refuse.',
      `Write ${expected}.`,
    )
  }

  pattern(compiled: RegExp, uri: string): Pattern | undefined {
    if (isIllegal(compiled)) {
      this.builder.faults.error(
        'pattern-illegal',
        uri,
        'This is not a regular expression that JavaScript can read.',
        'Without it, values would pass that the schema refuses.',
        'Write it in the dialect of ECMA-262.',
      )
      return undefined
    }
    const part = foreignPart(compiled)
    if (part !== undefined) {
      this.builder.faults.error(
        'pattern-foreign',
        uri,
        `In this pattern JavaScript takes ${part} letter for letter.`,
        'Other dialects mean more by it, so values would be refused that the schema is meant to let pass.',
        String.raw`Write it in the dialect of ECMA-262: ^ and $ for \A and \z, {0,3} for {,3}, [a-z] for [[:lower:]].`,
      )
      return undefined
    }
    const isUnicode = compiled.flags.includes('u')
    if (!isUnicode) {
      this.builder.faults.warning(
        'pattern-not-unicode',
        uri,
        'This regular expression is legal only without Unicode mode.',
        'It is used without it, so that a character outside the BMP counts as two.',
        String.raw`Write it as Unicode mode has it: \x07 for \07, and no quantifier behind a lookahead.`,
      )
    }
    return { source: compiled.source, flags: isUnicode ? 'u' : '' }
  }

  #alternatives({ kind, uris }: { kind: 'anyOf' | 'oneOf'; uris: readonly string[] }): Step {
    const discriminator = this.discriminator?.(uris)
    const nodes = uris.map((uri) => this.here(uri))
    return { kind, nodes, ...(discriminator && { discriminator }) }
  }
}

/**
 * A step is left out when no keyword put anything into it. Its keywords are sorted, so that equal
 * schemas look equal in whatever order they were written.
 */
function filled<T extends Step>(step: T): T[] {
  const entries = Object.entries(step).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.length > 1 ? [Object.fromEntries(entries) as T] : []
}
