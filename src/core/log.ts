/** One line of JSON each. Never a secret, a query, a body or a credential. */
export interface Logger {
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
}

export type Fields = Readonly<Record<string, unknown>>

export type Level = 'info' | 'warn' | 'error'

/** Where finished lines go: the console in a Worker, a list in a test. */
export type Sink = (level: Level, line: string) => void

/** @param always stands on every line; asked only when a line is written. */
export function logger(sink: Sink, always: () => Fields = () => ({})): Logger {
  const write = (level: Level) => (event: string, fields?: Fields) =>
    sink(level, JSON.stringify({ level, event, ...always(), ...fields }))
  return { info: write('info'), warn: write('warn'), error: write('error') }
}

/** What a log may say of an exception: its kind and text, and where it was thrown. */
export function described(error: unknown): Fields {
  return error instanceof Error
    ? { error: `${error.name}: ${error.message}`, stack: error.stack?.split('\n', 4).slice(1) }
    : { error: String(error) }
}

export const consoleSink: Sink = (level, line) => {
  console[level](line)
}
