/**
 * Ctrl-C and SIGTERM stop orderly and exit with 0. A second one does not wait.
 *
 * @param stop ends everything; told to hurry it leaves nothing behind either, it only stops waiting
 */
export function stopOnSignals(stop: (hurry: boolean) => Promise<void>): void {
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const hurry = isStopping
      isStopping = true
      void stop(hurry).finally(() => process.exit(hurry ? 130 : 0))
    })
  }
}
