import { createKeys } from '../../src/stores/keys/keys.ts'
import { type KeysBindings, keysWorld } from '../../src/stores/keys/platform.ts'

/** The keys of an isolate of its own, which remembers nothing, over real bindings and the real clock. */
export function keysIsolate(bindings: KeysBindings, prefix = 'acme') {
  const runtime = {
    now: () => Date.now(),
    randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    log: { info() {}, warn() {}, error() {} },
  }
  return createKeys(keysWorld(bindings, runtime), prefix)
}
