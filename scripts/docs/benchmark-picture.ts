import type { Benchmark, ContestResult, Figure } from './benchmark.ts'

/** CPU time per request as bars, for a page that may be light or dark. */
export function benchmarkPicture({ contests, machine, versions, day }: Benchmark): string {
  const shown = contests.filter(({ kind, name }) => kind !== 'control' && !name.includes('events'))
  const all = shown.flatMap(({ figures }) => figures)
  const most = Math.max(...all.map(({ cpuMicros }) => cpuMicros))
  const canvas = new Canvas(BARS_WIDTH / most)
  canvas.legend()
  for (const contest of shown) {
    if (contest.kind === 'row') canvas.row(contest)
    else canvas.list(contest)
  }
  return canvas.svg(
    'CPU time of the server for each request, in microseconds: shorter is better',
    `${day}, ${machine.processor}, one core for the server, workerd ${versions.workerd}`,
  )
}

const WIDTH = 920
const LABELS_WIDTH = 430
const BARS_WIDTH = 420
const BAR = 9
const GAP = 10

class Canvas {
  /** Pixels for each microsecond. */
  readonly #scale: number
  readonly #parts: string[] = []
  #y = 64

  constructor(scale: number) {
    this.#scale = scale
  }

  legend(): void {
    const entries = [
      ['floor', 'bare pass-through', 0],
      ['hand', 'equal work by hand', 130],
      ['gateway', 'Cardea', 270],
      ['peer', 'others', 340],
    ] as const
    for (const [kind, label, offset] of entries) {
      const x = LABELS_WIDTH + offset
      this.#parts.push(
        `<rect class="${kind}" x="${x}" y="44" width="10" height="10" rx="2"/>`,
        text(x + 15, 53, label, 'small'),
      )
    }
    this.#y += GAP
  }

  /** One name, and a bar for each. */
  row({ name, figures }: ContestResult): void {
    const middle = this.#y + (figures.length * (BAR + 1)) / 2 + 4
    this.#parts.push(text(LABELS_WIDTH - 10, middle, name, 'label'))
    for (const figure of figures) this.#bar(figure)
    this.#y += GAP
  }

  /** A name for each bar. */
  list({ name, figures }: ContestResult): void {
    this.#y += GAP + 12
    this.#parts.push(text(LABELS_WIDTH - 10, this.#y - 4, name, 'label strong'))
    this.#y += 6
    for (const figure of figures) {
      this.#parts.push(text(LABELS_WIDTH - 10, this.#y + BAR - 1, figure.name, 'label'))
      this.#bar(figure)
      this.#y += 5
    }
  }

  svg(title: string, description: string): string {
    const height = this.#y + 34
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">`,
      `<title id="title">${escaped(title)}</title>`,
      `<desc id="description">${escaped(description)}</desc>`,
      STYLE,
      text(20, 26, title, 'strong'),
      ...this.#parts,
      text(20, height - 14, description, 'small'),
      '</svg>\n',
    ].join('\n')
  }

  #bar({ role, cpuMicros }: Figure): void {
    const width = Math.max(1, cpuMicros * this.#scale)
    const kind = role === 'by hand' ? 'hand' : role
    this.#parts.push(
      `<rect class="${kind}" x="${LABELS_WIDTH}" y="${this.#y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
      text(LABELS_WIDTH + width + 6, this.#y + BAR - 1, String(Math.round(cpuMicros)), 'small'),
    )
    this.#y += BAR + 1
  }
}

/** Colours with contrast on white and on a dark page; a picture in `<img>` follows the reader's setting. */
const STYLE = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 11px; fill: #59636e }
.label { text-anchor: end; font-size: 12px }
.strong { font-weight: 600 }
.floor { fill: #9aa4af }
.hand { fill: #4f8fd0 }
.gateway { fill: #1a7f52 }
.peer { fill: #b5671c }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  .floor { fill: #6e7781 }
  .hand { fill: #58a6ff }
  .gateway { fill: #3fb980 }
  .peer { fill: #e0964a }
}
</style>`

const text = (x: number, y: number, content: string, kind: string): string =>
  `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escaped(content)}</text>`

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
