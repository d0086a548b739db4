import { isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments, visit } from 'yaml'
import type { Document as YamlDocument, Node, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { step } from './pointer.ts'
import type { Finding, Parsed } from './parsed.ts'

/**
 * YAML 1.2 with the core schema (`no` and `on` are text), plus merge keys (`<<`), which are of
 * YAML 1.1 but stand in many documents. About 4 MB a second.
 */
export function parseYaml(text: string): Parsed {
  const documents = parseAllDocuments(text, {
    merge: true,
    // also where the document says %YAML 1.1: its tags make dates and bytes, which JSON has not
    schema: 'core',
    resolveKnownTags: false,
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
  const broken = resolveAliases(first)
  if (broken) return { value: undefined, findings: [broken], offset }
  try {
    // how far aliases expand is bounded by `source.ts`, in values; the library's own bound
    // searches the whole document for each alias
    return { value: first.toJS({ maxAliasCount: -1 }), findings, offset }
  } catch (error) {
    // a merge of what is not a map
    const detail = error instanceof Error ? error.message : String(error)
    return { value: undefined, findings: [finding('invalid-yaml', 0, detail)], offset }
  }
}

/** Members that merge keys may copy, all together; a chain of merges copies all before it. */
const mergedMax = 2_000_000

/** One broken line breaks those after it. */
const errorsMax = 5

/** Findings past this many say nothing new. */
const findingsMax = 20

function syntaxFindings(documents: readonly YamlDocument[]): Finding[] {
  const findings: Finding[] = []
  for (const { errors, warnings } of documents.slice(0, 1)) {
    for (const error of errors.slice(0, errorsMax)) {
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
  const detail = /call stack/.test(message) ? 'The document nests too deep' : message
  return { code, offset, pointer: '', detail: detail.replace(/\.$/, '') }
}

type Anchored = Scalar | YAMLMap | YAMLSeq

/**
 * Gives every alias its node in one pass, because the library walks all anchors before an alias
 * to find its one, which takes a minute for 40,000 of them.
 */
function resolveAliases(document: YamlDocument): Finding | undefined {
  const anchors = new Map<string, Anchored>()
  const sizes = new Map<unknown, number>()
  let merged = 0
  let broken: Finding | undefined
  visit(document, {
    Alias(_key, alias) {
      const node = anchors.get(alias.source)
      if (!node) {
        broken = finding('invalid-yaml', startOf(alias), `The anchor '${alias.source}' is missing`)
        return visit.BREAK
      }
      const search = alias.resolve.bind(alias)
      alias.resolve = (owner, context) =>
        // a node that is not converted yet (it holds this alias) is the library's own matter
        context && context.anchors.get(node)?.res === undefined ? search(owner, context) : node
      return undefined
    },
    Pair(_key, { key, value }) {
      if (nameOf(key) !== '<<') return undefined
      merged += mergedSize(value, anchors, sizes)
      if (merged <= mergedMax) return undefined
      broken = finding('invalid-yaml', startOf(key), 'Merge keys copy more than 2,000,000 members')
      return visit.BREAK
    },
    Value(_key, node) {
      if (node.anchor) anchors.set(node.anchor, node)
    },
  })
  return broken
}

/** How many members a merge of the value copies, with those merged into it. */
function mergedSize(
  value: unknown,
  anchors: ReadonlyMap<string, Anchored>,
  sizes: Map<unknown, number>,
): number {
  const node = isAlias(value) ? anchors.get(value.source) : value
  const known = sizes.get(node)
  if (known !== undefined) return known
  // while it is being counted a map inside itself counts nothing
  sizes.set(node, 0)
  let size = 0
  for (const item of isMap(node) || isSeq(node) ? node.items : []) {
    if (!isPair(item)) size += mergedSize(item, anchors, sizes)
    else size += nameOf(item.key) === '<<' ? mergedSize(item.value, anchors, sizes) : 1
  }
  sizes.set(node, size)
  return size
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
  const value: unknown = isScalar(key) ? key.value : key
  // the merge key, which the library reads as a symbol
  return typeof value === 'symbol' ? '<<' : String(value ?? '')
}

function startOf(node: unknown): number {
  if (isPair(node)) return startOf(node.key)
  const { range } = (node ?? {}) as Partial<Node>
  return range?.[0] ?? 0
}
