import { startWorkerd as start } from '../../scripts/local/workerd.ts'

export interface Started {
  readonly url: string
  readonly pid: number
  /** Everything it printed. */
  output(): string
  stop(): Promise<void>
}

/**
 * workerd as `serve` starts it, with what it prints kept.
 * @param fileBytesMax no file grows beyond it: what a full disk does, without a disk. The signal that comes with
 * it is ignored, so that writing fails as it does on a disk.
 */
export async function startWorkerd(config: string, fileBytesMax?: number): Promise<Started> {
  let text = ''
  const { port, pid, stop } = await start(config, {
    onLine: (line) => (text += `${line}\n`),
    ...(fileBytesMax !== undefined && { through: limited(fileBytesMax) }),
  })
  return { url: `http://127.0.0.1:${port}`, pid, output: () => text, stop: () => stop(0) }
}

const limited = (fileBytesMax: number): readonly string[] => [
  ...['/bin/sh', '-c'],
  `trap '' XFSZ; ulimit -f ${Math.ceil(fileBytesMax / 512)}; exec "$@"`,
  'sh',
]
