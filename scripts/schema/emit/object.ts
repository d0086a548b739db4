import { TYPE_BITS } from '../../../src/openapi/schema/violation.ts'
import type { NodeId, ObjectStep } from '../ir.ts'
import { joined, place, type CheckWriter, type Place } from './check.ts'
import { has, isInherited, literal, member, pointerSegment } from './source.ts'

export function emitObject(
  check: CheckWriter,
  step: ObjectStep,
  at: Place,
  evaluates: boolean,
): string {
  return new ObjectEmitter(check, step, at, evaluates).emit()
}

class ObjectEmitter {
  readonly #check: CheckWriter
  readonly #step: ObjectStep
  readonly #at: Place
  readonly #evaluates: boolean
  readonly #required: ReadonlySet<string>
  /** Counts known properties that are there, when nothing else is allowed. */
  readonly #counter: string | undefined

  constructor(check: CheckWriter, step: ObjectStep, at: Place, evaluates: boolean) {
    this.#check = check
    this.#step = step
    this.#at = at
    this.#evaluates = evaluates
    this.#required = new Set(step.required)
    this.#counter = this.#isClosed() ? check.variable('n') : undefined
  }

  emit(): string {
    const known = new Set((this.#step.properties ?? []).map(([name]) => name))
    const parts = [
      this.#size('minProperties', '<', this.#step.minProperties),
      this.#size('maxProperties', '>', this.#step.maxProperties),
      ...[...this.#required].filter((name) => !known.has(name)).map((name) => this.#missing(name)),
      this.#counter === undefined ? '' : `let ${this.#counter} = 0`,
      ...(this.#step.properties ?? []).map(([name, id]) => this.#property(name, id)),
      this.#counter === undefined ? this.#eachName() : this.#closed(this.#counter),
      ...this.#dependencies(),
    ]
    return this.#check.only(this.#at, TYPE_BITS.object, parts)
  }

  #isClosed(): boolean {
    const { additionalProperties, patternProperties = [], propertyNames } = this.#step
    if (additionalProperties === undefined || propertyNames !== undefined) return false
    return patternProperties.length === 0 && this.#check.module.node(additionalProperties) === false
  }

  #size(keyword: string, operator: string, count: number | undefined): string {
    if (count === undefined) return ''
    const test = `Object.keys(${this.#at.value}).length ${operator} ${count}`
    return this.#check.refuseIf(test, this.#at, keyword, `${count}`)
  }

  #missing(name: string): string {
    const test = `!(${has(this.#at.value, name)})`
    return this.#check.refuseIf(test, this.#at, 'required', literal(name))
  }

  #property(name: string, id: NodeId): string {
    const property = this.#check.variable('x')
    const at = place(property, `${this.#at.pointer} + ${pointerSegment(name)}`)
    const found = joined([
      this.#counter === undefined ? '' : `${this.#counter}++`,
      this.#check.apply(id, at, 'properties'),
      this.#evaluates ? `E.properties.add(${literal(name)})` : '',
    ])
    if (found === '') return this.#required.has(name) ? this.#missing(name) : ''
    const { value } = this.#at
    const read = isInherited(name)
      ? `${has(value, name)} ? ${member(value, name)} : undefined`
      : member(value, name)
    const absent = this.#required.has(name)
      ? ` else {\n${this.#check.refuse(this.#at, 'required', literal(name))}\n}`
      : ''
    return `const ${property} = ${read}\nif (${property} !== undefined) {\n${found}\n}${absent}`
  }

  /** In the first pass it is enough to count: as many properties as known ones, or too many. */
  #closed(counter: string): string {
    const { value } = this.#at
    const name = this.#check.variable('y')
    const at = this.#below(name)
    const unknown = this.#check.refuseIf(this.#isUnknown(name), at, 'additionalProperties')
    return joined([
      `if (e === null && Object.keys(${value}).length !== ${counter}) return false`,
      `if (e !== null) for (const ${name} of Object.keys(${value})) {\n${unknown}\n}`,
    ])
  }

  #below(name: string): Place {
    const pointer = `${this.#at.pointer} + ${this.#check.helper('segment')}(${name})`
    return place(`${this.#at.value}[${name}]`, pointer)
  }

  #isUnknown(name: string): string {
    const names = (this.#step.properties ?? []).map(([known]) => known)
    if (names.length === 0) return 'true'
    if (names.length <= 4) return names.map((known) => `${name} !== ${literal(known)}`).join(' && ')
    return `!${this.#check.module.constant(`new Set(${literal(names)})`)}.has(${name})`
  }

  /** A loop over all names, for keywords that speak of names not known beforehand. */
  #eachName(): string {
    const { patternProperties = [], additionalProperties, propertyNames } = this.#step
    const name = this.#check.variable('y')
    const needsMatch = patternProperties.length > 0 && additionalProperties !== undefined
    const matched = needsMatch ? this.#check.variable('m') : undefined
    const body = joined([
      propertyNames === undefined
        ? ''
        : this.#check.apply(propertyNames, { ...this.#below(name), value: name }, 'propertyNames'),
      matched === undefined ? '' : `let ${matched} = false`,
      ...patternProperties.map(([pattern, id]) => {
        const then = joined([
          matched === undefined ? '' : `${matched} = true`,
          this.#member(name, id, 'patternProperties'),
        ])
        const test = this.#check.matches(pattern, name)
        return then === '' ? '' : `if (${test}) {\n${then}\n}`
      }),
      additionalProperties === undefined
        ? ''
        : this.#additional(name, additionalProperties, matched),
    ])
    if (body === '') return ''
    return `for (const ${name} in ${this.#at.value}) {\n${body}\n}`
  }

  #additional(name: string, id: NodeId, matched: string | undefined): string {
    const statements = this.#member(name, id, 'additionalProperties')
    if (statements === '') return ''
    const unmatched = matched === undefined ? '' : `!${matched} && `
    return `if (${unmatched}(${this.#isUnknown(name)})) {\n${statements}\n}`
  }

  #member(name: string, id: NodeId, keyword: string): string {
    const member = this.#check.variable('x')
    const at = this.#below(name)
    const statements = this.#check.apply(id, { ...at, value: member }, keyword)
    return joined([
      statements === '' ? '' : `const ${member} = ${at.value}\n${statements}`,
      this.#evaluates ? `E.properties.add(${name})` : '',
    ])
  }

  #dependencies(): string[] {
    const { dependentRequired = [], dependentSchemas = [] } = this.#step
    const { value } = this.#at
    const names = dependentRequired.map(([name, wanted]) => {
      const tests = wanted.map((one) => {
        const test = `!(${has(value, one)})`
        return this.#check.refuseIf(test, this.#at, 'dependentRequired', literal(one))
      })
      return tests.length === 0 ? '' : `if (${has(value, name)}) {\n${joined(tests)}\n}`
    })
    const schemas = dependentSchemas.map(([name, id]) => {
      const statements = this.#check.apply(id, this.#at, 'dependentSchemas', this.#evaluates)
      return statements === '' ? '' : `if (${has(value, name)}) {\n${statements}\n}`
    })
    return [...names, ...schemas]
  }
}

/** Only what nothing else has looked at, and only when all else went well. */
export function emitUnevaluatedProperties(check: CheckWriter, id: NodeId, at: Place): string {
  const [name, member] = [check.variable('y'), check.variable('x')]
  const pointer = `${at.pointer} + ${check.helper('segment')}(${name})`
  const statements = check.apply(id, place(member, pointer), 'unevaluatedProperties')
  const body = joined([
    statements === '' ? '' : `const ${member} = ${at.value}[${name}]\n${statements}`,
    `E.properties.add(${name})`,
  ])
  const loop =
    `if (${check.isMatchSoFar()}) for (const ${name} of Object.keys(${at.value})) ` +
    `if (!E.properties.has(${name})) {\n${body}\n}`
  return check.only(at, TYPE_BITS.object, [loop])
}
