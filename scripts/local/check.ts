import { createHash, randomBytes } from 'node:crypto'
import { CHECK_VARIABLE } from '../../src/core/readiness.ts'

/** A word that only its maker knows, and the variable by which one gateway knows it again. */
export interface Check {
  readonly word: string
  readonly variables: Readonly<Record<string, string>>
}

export function newCheck(): Check {
  const word = randomBytes(32).toString('base64url')
  const digest = createHash('sha256').update(word).digest('hex')
  return { word, variables: { [CHECK_VARIABLE]: digest } }
}
