/** For tests of this folder only. */
import { Command } from 'commander'
import { vi } from 'vitest'
import { type Document, loadDocuments } from '../compile/documents/document.ts'
import { readSource, type Source } from '../compile/documents/source.ts'
import { format, Messages } from '../compile/messages.ts'
import { UserError } from '../local/user-error.ts'
import { type Assembled, assemble } from './assemble.ts'
import { diff } from './diff.ts'
import { readOverlay } from './overlay-document.ts'

/** A file from text, as if it stood in a config folder. */
export function sourceOf(
  text: string,
  file = text.startsWith('{') ? 'openapi.json' : 'openapi.yaml',
  messages = new Messages(),
): Source {
  const uri = new URL(file, 'file:///work/config/').href
  const source = readSource('/work/config', file, messages, { file, uri, bytes: Buffer.from(text) })
  if (!source) throw new Error(messages.all.map(format).join('\n'))
  return source
}

export interface Applied extends Partial<Assembled> {
  readonly value: unknown
  /** `line:column code` of each message, `!` before errors. */
  readonly told: readonly string[]
  readonly messages: Messages
}

/** Applies overlays of YAML text to a document of YAML text. */
export function apply(document: string, ...overlays: readonly string[]): Applied {
  const messages = new Messages()
  const main = sourceOf(document, undefined, messages)
  const read = overlays.map((text, i) =>
    readOverlay(sourceOf(text, `${i}.overlay.yaml`, messages), messages),
  )
  const usable = read.filter((one) => one !== undefined)
  const made =
    usable.length === read.length ? assemble(main, [], usable, '/x', messages) : undefined
  const told = messages.all.map(
    ({ level, code, at }) => `${level === 'error' ? '!' : ''}${code} ${at.file}:${at.line}`,
  )
  return { ...made, value: made?.source.value, told, messages }
}

/** The lines that every overlay begins with: four. */
export const head = (version: string): string =>
  `overlay: ${version}\ninfo:\n  title: t\n  version: '1'\nactions:\n`

/** Between two texts of `paths` and of what follows them: `!` before what breaks callers. */
export async function changesOf(before: string, after: string, more: readonly string[] = []) {
  const found = diff(await loadText(before, more[0]), await loadText(after, more[1] ?? more[0]))
  return found.map(({ isBreaking, subject, what }) => `${isBreaking ? '!' : ''}${subject}: ${what}`)
}

async function loadText(paths: string, components = ''): Promise<Document> {
  const text = `openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n${paths}\n${components}`
  const messages = new Messages()
  const [document] = await loadDocuments('/', [], messages, { sourced: [sourceOf(text)] })
  if (!document || messages.errors > 0) throw new Error(messages.all.map(format).join('\n'))
  return document
}

/** Runs a command of the CLI in this process, as `cardea.ts` would. */
export async function runCommand(
  add: (program: Command) => void,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const output = { stdout: '', stderr: '' }
  const log = vi.spyOn(console, 'log').mockImplementation((text) => {
    output.stdout += `${String(text)}\n`
  })
  const error = vi.spyOn(console, 'error').mockImplementation((text) => {
    output.stderr += `${String(text)}\n`
  })
  try {
    const program = new Command().exitOverride()
    add(program)
    await program.parseAsync(args, { from: 'user' })
    return { code: 0, ...output }
  } catch (reason) {
    if (!(reason instanceof UserError)) throw reason
    return { code: 1, stdout: output.stdout, stderr: `${output.stderr}${reason.message}\n` }
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
}
