import type { Command } from 'commander'
export function addNew(_: Command): void {}
