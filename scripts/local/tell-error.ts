import { systemErrorText } from './system-error.ts'
import { UserError } from './user-error.ts'

/** Why a command ended, for the person at the terminal. Only a fault of Cardea's own has a stack trace, to be reported. */
export function tellError(error: unknown): void {
  const text = error instanceof UserError ? error.message : systemErrorText(error)
  console.error(text ?? fault(error))
}

function fault(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined
  return [
    'Cardea has a fault: this should not have happened.',
    'The command stopped in the middle; what it replaces as a whole is as it was.',
    'Please report it with the command and these lines; take secrets out first.',
    '',
    stack ?? String(error),
  ].join('\n')
}
