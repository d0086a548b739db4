import type { Derive, ValidatorPlace } from '#gateway'
import type { Rules } from './json-schema.ts'

interface Options {
  readonly schema: string
}

/** A place for the validator of the file. It needs no operation, so it also stands on every route. */
const derive: Derive<Options> = ({ id }, { schema }, schemas) => {
  const { validator } = schemas.file(schema)
  const derived: Rules<ValidatorPlace> = { operation: id, validate: validator }
  return { derived }
}

export default derive
