import type { Exchange } from '../core/exchange.ts'
import { parse, template } from '../core/template.ts'

/** A whole number for this request; undefined when it cannot be told. */
export type Amount = (exchange: Exchange) => number | undefined

/**
 * @param given a number, or a template that makes one
 * @param otherwise for a template that makes none
 */
export function amount(given: number | string, otherwise: number | undefined): Amount {
  if (typeof given === 'number') return () => given
  const { decide } = template(given, 'text')
  return (exchange) => wholeNumber(decide(exchange)) ?? otherwise
}

/** Decimal digits only: no sign, no fraction, no exponent, no list. */
export function wholeNumber(text: string | null | undefined): number | undefined {
  return text != null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** @throws Error for a limit that the client could choose itself */
export function checkLimitText(given: number | string): void {
  if (typeof given === 'number') return
  const roots = parse(given).flatMap((part) => (typeof part === 'string' ? [] : [part[0]]))
  if (roots.length === 0) throw new Error(`the limit '${given}' is neither a number nor a template`)
  const chosen = roots.find((root) => ['headers', 'query', 'params', 'client'].includes(root))
  if (chosen === undefined) return
  throw new Error(
    `a limit from {${chosen}.…} is the client's own choice; take it from the consumer`,
  )
}
