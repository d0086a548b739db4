import type { Command } from 'commander'
export function addStart(_: Command): void {}
