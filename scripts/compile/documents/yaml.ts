import { isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Document as YamlDocument, Node, YAMLMap } from 'yaml'
import { step } from './pointer.ts'
import type { Finding, Parsed } from './parsed.ts'

/**
 * YAML 1.2 with the core schema (`no` and `on` are text), plus merge keys (`<<`), which are of
 * YAML 1.1 but stand in many documents. About 4 MB a second.
 */
export function parseYaml(text: string): Parsed {
  const documents = parseAllDocuments(text, {
    merge: true,
    prettyErrors: false,
    // the library compares each name with each other one; a map of 100,000 would take minutes
    uniqueKeys: false,
    logLevel: 'silent',
  })
  const first = 'empty' in documents ? undefined : documents[0]
  if (!first) return { value: undefined, findings: [], offset: () => 0 }
  const findings = syntaxFindings(documents)
  if (findings.some(({ code }) => code === 'invalid-yaml')) {
    return { value: undefined, findings, offset: () => 0 }
  }
  findings.push(...duplicates(first))
  const offset = (path: readonly string[]): number => locate(first, path)
  try {
    return { value: first.toJS({ maxAliasCount: aliasesMax }), findings, offset }
  } catch (error) {
    // too many aliases of aliases, an alias without its anchor, a merge of what is not a map
    const detail = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
    const finding: Finding = { code: 'invalid-yaml', offset: 0, pointer: '', detail }
    return { value: undefined, findings: [finding], offset }
  }
}

/** Expansions of one anchor, counting those of the anchors inside it. */
const aliasesMax = 10_000

/** Findings past this many say nothing new. */
const findingsMax = 20

function syntaxFindings(documents: readonly YamlDocument[]): Finding[] {
  const findings: Finding[] = []
  for (const { errors, warnings } of documents.slice(0, 1)) {
    for (const error of errors.slice(0, findingsMax)) {
      findings.push(finding('invalid-yaml', error.pos[0], error.message))
    }
    for (const warning of warnings.slice(0, findingsMax)) {
      findings.push(finding('unknown-yaml-tag', warning.pos[0], warning.message))
    }
  }
  const second = documents[1]
  if (second && findings.length === 0) {
    const detail = 'A second YAML document begins here'
    findings.push(finding('invalid-yaml', second.range?.[0] ?? 0, detail))
  }
  return findings
}

function finding(code: Finding['code'], offset: number, message: string): Finding {
  return { code, offset, pointer: '', detail: message.replace(/\.$/, '') }
}

/** Walks with a stack of its own, because people's nesting is not bounded by ours. */
function duplicates(document: YamlDocument): Finding[] {
  const found: Finding[] = []
  const open: { readonly node: unknown; readonly pointer: string }[] = [
    { node: document.contents, pointer: '' },
  ]
  for (let next = open.pop(); next && found.length < findingsMax; next = open.pop()) {
    const { node, pointer } = next
    if (isSeq(node)) {
      node.items.forEach((item, index) => open.push({ node: item, pointer: step(pointer, index) }))
    }
    if (!isMap(node)) continue
    const names = new Set<string>()
    for (const pair of node.items) {
      const name = nameOf(pair.key)
      const at = step(pointer, name)
      if (names.has(name) && name !== '<<') {
        found.push({ code: 'duplicate-key', offset: startOf(pair.key), pointer: at, detail: name })
      }
      names.add(name)
      open.push({ node: pair.value, pointer: at })
    }
  }
  return found
}

function locate(document: YamlDocument, path: readonly string[]): number {
  let node: unknown = document.contents
  let shown = startOf(node)
  for (const name of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isSeq(node)) {
      const item: unknown = node.items[Number(name)]
      if (item === undefined) break
      shown = startOf(item)
      node = item
    } else if (isMap(node)) {
      const pair = pairOf(document, node, name)
      if (!pair) break
      shown = startOf(pair.key)
      node = pair.value
    } else break
  }
  return shown
}

type Pair = YAMLMap['items'][number]

/** The pair of that name, its own or from a map that is merged in. */
function pairOf(document: YamlDocument, map: YAMLMap, name: string, depth = 0): Pair | undefined {
  const own = map.items.findLast((pair) => nameOf(pair.key) === name)
  if (own || depth > 20) return own
  for (const { key, value } of map.items) {
    if (nameOf(key) !== '<<') continue
    for (const source of isSeq(value) ? value.items : [value]) {
      const merged = isAlias(source) ? source.resolve(document) : source
      const pair = isMap(merged) ? pairOf(document, merged, name, depth + 1) : undefined
      if (pair) return pair
    }
  }
  return undefined
}

/** The name as it stands in the JavaScript value: `200:` is '200'. */
function nameOf(key: unknown): string {
  if (isScalar(key)) return String(key.value ?? '')
  return typeof key === 'string' ? key : String(key ?? '')
}

function startOf(node: unknown): number {
  if (isPair(node)) return startOf(node.key)
  const { range } = (node ?? {}) as Partial<Node>
  return range?.[0] ?? 0
}
