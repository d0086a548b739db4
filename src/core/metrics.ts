/** Something that is counted, with the sentence that explains it. Its name ends in `_total`. */
export interface Metric {
  readonly name: string
  readonly help: string
}

/** Few and bounded values: a policy's name, never a caller's. */
export type Labels = Readonly<Record<string, string>>

/** @param name without `cardea_`, in the form that Prometheus asks of a counter: `lost_total` */
export function metric(name: string, help: string): Metric {
  return { name, help }
}

/**
 * How often things have happened in this isolate since it started. Nothing is sent anywhere: whoever wants to
 * know reads it, in `serve` for the whole gateway, on Cloudflare of the isolate that answers.
 */
export class Metrics {
  /** By name: two parts that count the same are one family. */
  readonly #families = new Map<
    string,
    { readonly help: string; readonly series: Map<string, number> }
  >()
  readonly #seriesMax: number
  #series = 0

  /** @param seriesMax sets of labels, of all metrics together; what is beyond them is only counted as such */
  constructor(seriesMax = 1000) {
    this.#seriesMax = seriesMax
  }

  count(of: Metric, labels: Labels = {}): void {
    const key = seriesOf(labels)
    const series = this.#families.get(of.name)?.series
    const before = series?.get(key)
    if (before !== undefined) return void series!.set(key, before + 1)
    if (this.#series >= this.#seriesMax && of !== dropped) return this.count(dropped)
    this.#series += 1
    if (series !== undefined) series.set(key, 1)
    else this.#families.set(of.name, { help: of.help, series: new Map([[key, 1]]) })
  }

  value(of: Metric, labels: Labels = {}): number {
    return this.#families.get(of.name)?.series.get(seriesOf(labels)) ?? 0
  }

  /** The text format of Prometheus, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string {
    const lines: string[] = []
    for (const [name, { help, series }] of this.#families) {
      const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
      lines.push(`# HELP cardea_${name} ${escaped}`, `# TYPE cardea_${name} counter`)
      for (const [key, value] of series) lines.push(`cardea_${name}${key} ${value}`)
    }
    return lines.map((line) => `${line}\n`).join('')
  }
}

const dropped = metric('metrics_dropped_total', 'What had too many sets of labels to be counted.')

/** `{outcome="open",policy="few"}`: the text of the line is what tells series apart. */
function seriesOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')
    return `${name}="${escaped}"`
  })
  return pairs.length === 0 ? '' : `{${pairs.toSorted().join(',')}}`
}
