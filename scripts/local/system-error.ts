/** What to tell of a failure of the machine itself; undefined for everything else. */
export function systemErrorText(error: unknown): string | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const [what, instead] = texts[code ?? ''] ?? []
  if (what === undefined) return undefined
  const where = path === undefined ? '' : `: ${path}`
  return `${what}${where}\nThe machine refused '${syscall}' (${code}), so the command stopped there.\n${instead}`
}

const texts: Readonly<Record<string, readonly [what: string, instead: string]>> = {
  ENOSPC: ['The disk is full', 'Free some space, then run the command again.'],
  EDQUOT: ['The disk quota is used up', 'Free some space, then run the command again.'],
  EROFS: ['The file system cannot be written to', 'Mount it for writing, or work elsewhere.'],
  EACCES: ['This user may not use this file', 'Change its owner or mode, or use another user.'],
  EMFILE: ['Too many files are open', 'Raise the limit (ulimit -n), then run the command again.'],
}
