/**
 * Does work that leaves nothing half-made: cleans up after it, also when it fails, and when Ctrl-C or SIGTERM end it.
 *
 * @param clean synchronous, and fit to be called twice
 */
export async function cleaningUp<T>(clean: () => void, work: () => Promise<T>): Promise<T> {
  const stop = (signal: NodeJS.Signals) => {
    clean()
    console.error('Interrupted. Nothing was changed; run the command again.')
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    return await work()
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    clean()
  }
}
