/** What to tell of a failure of the machine itself; undefined for everything else. */
export function systemErrorText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const {
    code,
    syscall,
    path: from,
    dest: path = from,
  } = error as NodeJS.ErrnoException & { dest?: string }
  if (code === undefined || syscall === undefined) return undefined
  const [what, instead] = texts[code] ?? [
    'The machine refuses to use a file',
    'See what is wrong with the file, then run the command again.',
  ]
  const where = path === undefined ? '' : `: ${path}`
  return `${what}${where}\nThe machine refused '${syscall}' (${code}), so the command stopped there.\n${instead}`
}

const texts: Readonly<Record<string, readonly [what: string, instead: string]>> = {
  ENOSPC: ['The disk is full', 'Free some space, then run the command again.'],
  EDQUOT: ['The disk quota is used up', 'Free some space, then run the command again.'],
  EROFS: ['The file system cannot be written to', 'Mount it for writing, or work elsewhere.'],
  ENOENT: ['There is no such file', 'Correct the path, or make the file.'],
  ENOTDIR: ['A file stands where a folder is needed', 'Correct the path, or move the file.'],
  EISDIR: ['A folder stands where a file is needed', 'Correct the path, or move the folder.'],
  EEXIST: ['Something of this name is there already', 'Move it, or choose another name.'],
  ELOOP: ['The links go in a circle', 'Let one of them lead to a file.'],
  ENAMETOOLONG: ['The name is too long', 'Choose a shorter one.'],
  EPERM: ['This user may not do that', 'Change its owner or mode, or use another user.'],
  EACCES: ['This user may not use this file', 'Change its owner or mode, or use another user.'],
  EMFILE: ['Too many files are open', 'Raise the limit (ulimit -n), then run the command again.'],
}
