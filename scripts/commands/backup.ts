import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { backUp, restore } from '../local/backup.ts'
import { stateFlag } from '../local/flags.ts'

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('copy the state of dev or serve, also while they run')
    .argument('<dir>', 'the folder to make; an earlier back-up there is replaced', absolute)
    .addOption(stateFlag())
    .action((dir: string, { state }: StateFlags) => {
      const count = backUp(join(state, 'data'), dir)
      console.log(`${count} databases of ${state} in ${dir}`)
    })
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('put a back-up in place of the state of a gateway that is stopped')
    .argument('<dir>', 'what cardea backup has made', absolute)
    .addOption(stateFlag())
    .action((dir: string, { state }: StateFlags) => {
      const aside = restore(join(state, 'data'), dir)
      console.log(`${state} is as in ${dir}.`)
      if (aside !== undefined)
        console.log(`What stood there is in ${aside}: remove it when you like.`)
      console.log('Keys that were revoked after the back-up work again: revoke them again.')
    })
}

interface StateFlags {
  readonly state: string
}

const absolute = (path: string): string => resolve(path)
