import { readFolder, recoverFolder, replaceFolder } from '../sources/folder.ts'

/**
 * Writes the build folder as a whole, so that nobody bundles the routes of one config with the trie of another. What
 * says the same stays untouched, so that watchers see no change.
 *
 * @param files name → text: all that the folder is to hold
 * @throws UserError when the disk is full or the folder cannot be written; what stood there before still stands
 */
export function writeBuild(folder: string, files: Readonly<Record<string, string>>): void {
  recoverFolder(folder)
  const present = readFolder(folder)
  const wanted = Object.entries(files)
  const isSame = wanted.every(([name, text]) => present.get(name)?.equals(Buffer.from(text)))
  if (!isSame || present.size !== wanted.length) replaceFolder(folder, new Map(wanted))
}
