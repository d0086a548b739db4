/**
 * Ctrl-C and SIGTERM stop orderly and exit with 0. A second one does not wait.
 *
 * @param stop ends everything; told to hurry it leaves nothing behind either, it only stops waiting
 */
export function stopOnSignals(stop: (hurry: boolean) => Promise<void>): void {
  let isStopping = false
  let isHurried = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      isHurried = isStopping
      isStopping = true
      // the first may be through before the second, which has ended what it waited for
      void stop(isHurried).finally(() => process.exit(isHurried ? 130 : 0))
    })
  }
}
