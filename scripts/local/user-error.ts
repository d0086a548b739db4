/** A message for the person at the terminal, without a stack trace. */
export class UserError extends Error {}
