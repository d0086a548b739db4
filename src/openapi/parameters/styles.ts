import type { Fault } from '../finding.ts'
import type { ParameterRule } from '../rules.ts'
import { alternating, assigned, MALFORMED, type Pieces } from './read.ts'
import { isArrayShape, isObjectShape, isPrimitiveShape } from './text.ts'

/** Cuts a parameter that is one text: those of paths and fields, and what stands behind a name in a query. */
export type Cut = (text: string, rule: ParameterRule) => Pieces | Fault

/** OpenAPI 3.2 §4.12.6, RFC 6570 §3.2. */
export const CUTS: Readonly<Record<'simple' | 'label' | 'matrix', Cut>> = {
  simple: (text, { explode }) => listed(text, ',', explode),

  label(text, { explode }) {
    if (!text.startsWith('.')) return MALFORMED('a label: a dot and the value')
    const rest = text.slice(1)
    return { ...listed(rest, explode ? '.' : ',', explode), whole: rest }
  },

  matrix(text, { name, explode, shape }) {
    if (!text.startsWith(';')) return MALFORMED(`;${name}=value`)
    const parts = text.slice(1).split(';')
    const isExploded = explode && isObjectShape(shape)
    const own = parts.filter((part) => part === name || part.startsWith(`${name}=`))
    if (!isExploded && own.length < parts.length) return MALFORMED(`;${name}=value`)
    const values = own.map((part) => part.slice(name.length + 1))
    if (explode) {
      const whole = values.length === 1 ? values[0] : undefined
      return { whole, items: values, members: assigned(parts) }
    }
    const [value = ''] = values
    return values.length > 1 ? MALFORMED(`one ;${name}=value`) : listed(value, ',', false)
  },
}

/** The delimiters of a list in a query. They may come escaped, and so may what is not one of them. */
export const DELIMITERS = {
  form: /,/,
  // a space has no other way into a query
  spaceDelimited: /%20|\+| /,
  pipeDelimited: /\||%7C/i,
} as const

/** A list in one text. An empty text has one empty item, as `split` says: the schema decides about it. */
export function listed(text: string, delimiter: string | RegExp, explode: boolean): Pieces {
  const items = text.split(delimiter)
  return { whole: text, items, members: explode ? assigned(items) : alternating(items) }
}

/** Whether a parameter takes all of a query's names that are its properties: `R=100&G=200`. */
export const isSpread = ({ style, explode, shape }: ParameterRule): boolean =>
  (style === 'form' || style === 'cookie') &&
  explode &&
  isObjectShape(shape) &&
  !isArrayShape(shape) &&
  !isPrimitiveShape(shape)
