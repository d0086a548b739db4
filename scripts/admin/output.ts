import { createInterface } from 'node:readline'
import type { Json } from './client.ts'

export interface OutputFlags {
  readonly json?: boolean
}

/** One record: JSON, or a name and a value on each line. */
export function printRecord(record: Json, { json }: OutputFlags): void {
  if (json) {
    console.log(JSON.stringify(record, undefined, 2))
    return
  }
  const width = Math.max(...Object.keys(record).map((name) => name.length))
  for (const [name, value] of Object.entries(record)) {
    console.log(`${name.padEnd(width)}  ${cell(value)}`)
  }
}

/** A list: one JSON object on each line, or columns. Prints as it comes, a page of rows at a time. */
export async function printList(
  items: AsyncIterable<Json>,
  columns: readonly string[],
  { json, limit = Number.POSITIVE_INFINITY }: OutputFlags & { readonly limit?: number },
): Promise<void> {
  let shown = 0
  let rows: Json[] = []
  for await (const item of items) {
    if (shown >= limit) break
    shown++
    if (json) console.log(JSON.stringify(item))
    else rows.push(item)
    if (rows.length === PAGE) {
      printRows(rows, columns, shown === PAGE)
      rows = []
    }
  }
  if (rows.length > 0) printRows(rows, columns, shown === rows.length)
  if (shown === 0 && !json) console.error('There is none.')
}

/** The argument itself, or, for `-`, one per line of the standard input. */
export async function argumentsOf(argument: string): Promise<string[]> {
  if (argument !== '-') return [argument]
  const lines: string[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') lines.push(line.trim())
  }
  return lines
}

/** Overwrites one line of the terminal; silent where nobody watches. */
export function progress(text: string, isLast = false): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}${isLast ? '\n' : ''}`)
}

const PAGE = 200

function printRows(rows: readonly Json[], columns: readonly string[], withHead: boolean): void {
  const cells = rows.map((row) => columns.map((name) => cell(row[name])))
  const all = withHead ? [columns.map((name) => name.toUpperCase()), ...cells] : cells
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i]!.length)))
  for (const row of all) {
    console.log(
      row
        .map((text, i) => text.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
  }
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
