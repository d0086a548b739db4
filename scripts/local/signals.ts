/** Ctrl-C and SIGTERM stop once, orderly; a second one does not wait. Exit code 0. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(130)
      isStopping = true
      void stop().finally(() => process.exit(0))
    })
  }
}
