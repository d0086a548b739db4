import type { Fault } from '../finding.ts'
import type { Candidates } from '../parameters/read.ts'
import { isMixed, valueOf } from '../parameters/text.ts'
import type { ContentRule } from '../rules.ts'
import { formValues } from './form.ts'
import { readJson } from './json.ts'
import { FORM, isJson } from './media-type.ts'

/** What a text of some media type may mean. Types without a reader of their own are texts. */
export function textValue(
  text: string,
  content: ContentRule,
  essence = content.range,
): Candidates | Fault {
  if (isJson(essence)) {
    const read = readJson(text)
    return 'keyword' in read ? read : { values: [read.value] }
  }
  if (essence === FORM) return formValues(text, content)
  return plainValues(text, content)
}

function plainValues(text: string, { shape }: ContentRule): Candidates {
  const value = valueOf(text, shape, false)
  return { values: isMixed(shape) && value !== text ? [value, text] : [value] }
}
