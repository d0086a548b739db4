import { visible } from '../local/visible.ts'

/** What compile has to say to the person who wrote the config. */
export interface Message {
  readonly level: 'error' | 'warning'
  /** Stable, kebab-case, for tests and for `grep`: `unknown-policy`. */
  readonly code: string
  readonly at: Location
  /** What is wrong, why that matters, what to write instead: one sentence each, ending in a full stop. */
  readonly what: string
  readonly why: string
  readonly instead: string
}

export interface Location {
  /** Relative to the config folder, with `/`. */
  readonly file: string
  /** RFC 6901; '' is the whole file. */
  readonly pointer: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
}

/** Collects every message of a run, so that one run tells all there is to mend. */
export class Messages {
  readonly all: Message[] = []

  error(code: string, at: Location, what: string, why: string, instead: string): void {
    this.all.push({ level: 'error', code, at, what, why, instead })
  }

  warning(code: string, at: Location, what: string, why: string, instead: string): void {
    this.all.push({ level: 'warning', code, at, what, why, instead })
  }

  get errors(): number {
    return this.all.filter((one) => one.level === 'error').length
  }
}

/** Three lines for a terminal, the location in the form editors turn into a link. */
export function format({ level, code, at, what, why, instead }: Message): string {
  const pointer = at.pointer === '' ? '' : ` #${at.pointer}`
  const lines = [
    `${at.file}:${at.line}:${at.column}${pointer}`,
    `  ${level} ${code}: ${what}`,
    `  ${why}`,
    `  ${instead}`,
  ]
  return lines.map(visible).join('\n')
}
