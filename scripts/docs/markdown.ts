/** For a cell of a table: a bar would end it, a line break would end the table. */
export const cell = (text: string): string => text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')

export const code = (text: string): string => `\`${text}\``

/** A page with this text between its marks `<!-- name -->` and `<!-- /name -->`; undefined without them. */
export function between(page: string, name: string, text: string): string | undefined {
  const [mark, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [page.indexOf(mark), page.indexOf(close)]
  return start < 0 || end < start
    ? undefined
    : `${page.slice(0, start + mark.length)}\n\n${text}\n\n${page.slice(end)}`
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
