import { TYPE_BITS } from '../../../src/openapi/schema/violation.ts'
import type { ArrayStep, NodeId } from '../ir.ts'
import { joined, place, type CheckWriter, type Place } from './check.ts'

export function emitArray(
  check: CheckWriter,
  step: ArrayStep,
  at: Place,
  evaluates: boolean,
): string {
  const { value } = at
  const parts = [
    ...limit(check, at, 'minItems', '<', step.minItems),
    ...limit(check, at, 'maxItems', '>', step.maxItems),
    ...(step.prefixItems ?? []).map((id, index) => prefixItem(check, id, index, at, evaluates)),
    step.items === undefined ? '' : items(check, step.items, at, evaluates),
    step.contains === undefined ? '' : contains(check, step.contains, at, evaluates),
    step.uniqueItems
      ? check.refuseIf(`!${check.helper('unique')}(${value})`, at, 'uniqueItems')
      : '',
  ]
  return check.only(at, TYPE_BITS.array, parts)
}

function limit(
  check: CheckWriter,
  at: Place,
  keyword: string,
  operator: string,
  count: number | undefined,
): string[] {
  if (count === undefined) return []
  return [check.refuseIf(`${at.value}.length ${operator} ${count}`, at, keyword, `${count}`)]
}

/** `const x = v[i]` and what is asked of x. */
function element(
  check: CheckWriter,
  id: NodeId,
  at: Place,
  index: string,
  keyword: string,
): string {
  const item = check.variable('x')
  const pointer = `${at.pointer} + '/' + ${index}`
  const statements = check.apply(id, place(item, pointer), keyword)
  return statements === '' ? '' : `const ${item} = ${at.value}[${index}]\n${statements}`
}

function prefixItem(
  check: CheckWriter,
  id: NodeId,
  index: number,
  at: Place,
  evaluates: boolean,
): string {
  const note = evaluates ? `E.items.add(${index})` : ''
  const statements = [element(check, id, at, `${index}`, 'prefixItems'), note].filter(Boolean)
  if (statements.length === 0) return ''
  return `if (${at.value}.length > ${index}) {\n${statements.join('\n')}\n}`
}

function items(
  check: CheckWriter,
  { from, node }: NonNullable<ArrayStep['items']>,
  at: Place,
  evaluates: boolean,
): string {
  const index = check.variable('i')
  const note = evaluates ? `E.items.add(${index})` : ''
  const statements = [element(check, node, at, index, 'items'), note].filter(Boolean)
  return statements.length === 0 ? '' : loop(at, index, from, statements)
}

const loop = (at: Place, index: string, from: number, statements: readonly string[]): string =>
  `for (let ${index} = ${from}; ${index} < ${at.value}.length; ${index}++) {\n${statements.join('\n')}\n}`

function contains(
  check: CheckWriter,
  { node, min, max }: NonNullable<ArrayStep['contains']>,
  at: Place,
  evaluates: boolean,
): string {
  const [index, count] = [check.variable('i'), check.variable('n')]
  const note = evaluates ? `; E.items.add(${index})` : ''
  const test = check.test(node, `${at.value}[${index}]`)
  const tooMany = max === undefined ? '' : ` || ${count} > ${max}`
  const phrase = max === undefined ? `'at least ${min}'` : `'${min} to ${max}'`
  return [
    `let ${count} = 0`,
    loop(at, index, 0, [`if (${test}) { ${count}++${note} }`]),
    check.refuseIf(`(${count} < ${min}${tooMany})`, at, 'contains', phrase),
  ].join('\n')
}

/** Only what nothing else has looked at, and only when all else went well. */
export function emitUnevaluatedItems(check: CheckWriter, node: NodeId, at: Place): string {
  const index = check.variable('i')
  const statements = element(check, node, at, index, 'unevaluatedItems')
  const body = loop(at, index, 0, [
    `if (!E.items.has(${index})) {\n${joined([statements, `E.items.add(${index})`])}\n}`,
  ])
  return check.only(at, TYPE_BITS.array, [`if (${check.isMatchSoFar()}) ${body}`])
}
