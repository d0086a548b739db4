/** People read text, collectors read JSON: one object a line. */
export type LogForm = 'json' | 'text'

type Level = 'info' | 'warn' | 'error'

/** What `serve` and the workerd behind it say. Information on the standard output, the rest on the error stream. */
export class Log {
  readonly #form: LogForm
  readonly #write: (level: Level, line: string) => void

  constructor(form: LogForm, write = toStreams) {
    this.#form = form
    this.#write = write
  }

  /**
   * @param event stable, kebab-case, for JSON only
   * @param message for people
   */
  say(level: Level, event: string, message: string, fields: object = {}): void {
    const line = { time: new Date().toISOString(), level, event, ...fields, message }
    this.#write(level, this.#form === 'json' ? JSON.stringify(line) : message)
  }

  /**
   * Passes on a line of workerd's structured log. What the gateway wrote is JSON inside of it and comes out as it
   * was, with the time; what workerd says of itself gets the event `workerd`.
   */
  relay(line: string): void {
    const entry = objectOf(line)
    if (entry === undefined) return this.say('error', 'workerd', line)
    const { timestamp, level, message, ...rest } = entry
    const time = new Date(Number(timestamp)).toISOString()
    const own = objectOf(String(message))
    const fields = own ?? { level, event: 'workerd', ...rest, message }
    this.#write(levelOf(level), JSON.stringify({ time, ...fields }))
  }
}

const levelOf = (level: unknown): Level => (level === 'error' || level === 'warn' ? level : 'info')

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

function toStreams(level: Level, line: string): void {
  const stream = level === 'info' ? process.stdout : process.stderr
  stream.write(`${line}\n`)
}
