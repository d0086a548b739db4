import type { Document } from '../compile/documents/document.ts'
import { isObject, type JsonObject, member } from '../compile/documents/pointer.ts'
import type { RawRoute } from '../compile/operations.ts'
import type { Changes } from './diff.ts'

export type TellChange = (isBreaking: boolean, what: string) => void

/** What one alternative asks for: names of schemes, each with its scopes. */
type Requirement = ReadonlyMap<string, readonly string[]>

/** Tells which credentials suffice no longer, and which do now (OpenAPI 3.1 §4.8.30: one of the alternatives suffices). */
export function compareSecurity(
  before: Document,
  old: RawRoute,
  after: Document,
  now: RawRoute,
  tell: TellChange,
): void {
  if (old.isSecured !== now.isSecured) {
    return tell(now.isSecured, `security ${now.isSecured ? 'now' : 'no longer'} required`)
  }
  const [was, is] = [alternativesOf(before, old), alternativesOf(after, now)]
  for (const one of was) {
    if (!is.some((other) => suffices(one, other))) {
      tell(true, `security: ${shown(one)} no longer suffices`)
    }
  }
  for (const one of is) {
    if (!was.some((other) => suffices(one, other))) tell(false, `security: ${shown(one)} suffices`)
  }
}

function alternativesOf(document: Document, { operation }: RawRoute): readonly Requirement[] {
  const found = member(operation, 'security') ?? member(document.value, 'security')
  const list = (Array.isArray(found) ? (found as unknown[]) : []).filter(isObject)
  if (list.length === 0) return [new Map()]
  return list.map((one) => new Map(Object.keys(one).map((name) => [name, textsOf(one[name])])))
}

/** Whether who has `given` has what `asked` asks for. */
function suffices(given: Requirement, asked: Requirement): boolean {
  return [...asked].every(
    ([name, scopes]) =>
      scopes.every((scope) => given.get(name)?.includes(scope)) && given.has(name),
  )
}

const shown = (requirement: Requirement): string =>
  [...requirement]
    .map(([name, scopes]) => (scopes.length === 0 ? name : `${name} (${scopes.join(', ')})`))
    .join(' and ') || 'nothing'

/** Tells what changed of the schemes that both documents define: where a credential goes, and where it is from. */
export function compareSecuritySchemes(before: Document, after: Document, changes: Changes): void {
  const [old, now] = [schemesOf(before), schemesOf(after)]
  for (const [name, from] of old) {
    const to = now.get(name)
    if (!to) continue
    const [was, is] = [traitsOf(from), traitsOf(to)]
    for (const trait of new Set([...was.keys(), ...is.keys()])) {
      const [one, other] = [was.get(trait), is.get(trait)]
      if (one === other) continue
      const isAdded = one === undefined && trait.startsWith('flow ')
      const what = `${trait} ${one ?? 'none'} → ${other ?? 'none'}`
      changes.add(!isAdded, `security scheme ${name}`, what)
    }
  }
}

function schemesOf(document: Document): ReadonlyMap<string, JsonObject> {
  const schemes = new Map<string, JsonObject>()
  const all = member(member(document.value, 'components'), 'securitySchemes')
  for (const [name, value] of Object.entries(isObject(all) ? all : {})) {
    const pointer = `/components/securitySchemes/${name}`
    const found = document.resolve(value, document.source, pointer)?.value
    if (isObject(found)) schemes.set(name, found)
  }
  return schemes
}

/** What a caller must know. Names of schemes and header fields are the same in any case (RFC 9110 §5.1 and §11.1). */
function traitsOf(scheme: JsonObject): ReadonlyMap<string, string> {
  const traits = new Map<string, string>()
  const isHeader = scheme['in'] === 'header'
  for (const name of ['type', 'in', 'name', 'scheme', 'openIdConnectUrl']) {
    const value = scheme[name]
    if (typeof value !== 'string') continue
    const isFolded = name === 'scheme' || (name === 'name' && isHeader)
    traits.set(name, isFolded ? value.toLowerCase() : value)
  }
  const flows = scheme['flows']
  for (const [name, flow] of Object.entries(isObject(flows) ? flows : {})) {
    if (!isObject(flow) || name.startsWith('x-')) continue
    const urls = [flow['authorizationUrl'], flow['tokenUrl']].filter((one) => one !== undefined)
    traits.set(`flow ${name}`, urls.join(' and ') || 'without URL')
    const scopes = flow['scopes']
    for (const scope of Object.keys(isObject(scopes) ? scopes : {})) {
      traits.set(`flow ${name}, scope ${scope}`, 'there')
    }
  }
  return traits
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? (value as unknown[]) : []).filter((one) => typeof one === 'string')
