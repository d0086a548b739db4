import { CHECK_VARIABLE } from '../../src/core/readiness.ts'
import { WORD_VARIABLE } from '../local/capnp.ts'
import { LOCK } from '../local/workerd.ts'
import { WORD_FILE } from './health-scripts.ts'
import type { Wants } from './build.ts'

/**
 * `start`: POSIX sh and coreutils. It ends by becoming workerd, so signals and the exit code are workerd's own.
 */
export function startScript({ defaults, secrets, hasTls }: Wants): string {
  return `#!/bin/sh
# Starts the gateway of this folder. Made by 'cardea build --self-host'.
#   CARDEA_ADDRESS         where it listens (127.0.0.1:8787)
#   CARDEA_HEALTH_ADDRESS  where /healthz and /readyz are (127.0.0.1:8788)
#   CARDEA_STATE           folder for its state (state/ beside this file)
#   NAME or NAME_FILE      a variable or secret, or the file that holds it
set -eu
umask 077
__here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
__state=\${CARDEA_STATE:-$__here/state}

end() {
  printf '{"level":"error","event":"ended","message":"%s"}\\n' "$1" >&2
  exit 1
}

# take NAME: from NAME_FILE if that is set
take() {
  eval "__value=\\\${$1-} __file=\\\${$1_FILE-}"
  [ -n "$__file" ] || return 0
  [ -z "$__value" ] || end "Both $1 and $1_FILE are set. Unset one."
  [ -r "$__file" ] || end "$1_FILE names a file that cannot be read."
  __value=$(cat -- "$__file")
  export "$1=$__value"
  unset "$1_FILE"
}

${[...Object.keys(defaults), ...secrets].map((name) => `take ${name}`).join('\n')}
${Object.entries(defaults)
  .map(([name, value]) => `export ${name}="\${${name}-${inDoubleQuotes(value)}}"`)
  .join('\n')}
for __name in ${secrets.join(' ')}; do
  eval "__value=\\\${$__name-}"
  [ -n "$__value" ] || printf '{"level":"warn","event":"secret-missing","name":"%s"}\\n' "$__name" >&2
done
unset __value __file __name
${
  hasTls
    ? `for __pem in cert key; do
  [ -r "$__here/tls/$__pem.pem" ] || end "tls/$__pem.pem beside this file cannot be read."
done
`
    : ''
}
# workerd would say it with a stack trace
unwritable() {
  end "The state in $__state cannot be written. Free some space and let this user write there, or set CARDEA_STATE to another folder."
}
mkdir -p -- "$__state" 2>/dev/null && [ -w "$__state" ] || unwritable
# of another user, who has run it once
[ ! -e "$__state/${LOCK}" ] || [ -w "$__state/${LOCK}" ] || unwritable
# held as long as this process lives, which becomes workerd
exec 9>"$__state/${LOCK}"
if command -v flock >/dev/null 2>&1; then
  flock -n 9 || end "Another gateway runs with the state in $__state. Stop it, or set CARDEA_STATE to another folder."
fi
# only the health service of this process can ask the gateway what it thinks of its secrets
${WORD_VARIABLE}=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \\n')
${CHECK_VARIABLE}=$(printf %s "$${WORD_VARIABLE}" | sha256sum | cut -d ' ' -f 1)
export ${WORD_VARIABLE} ${CHECK_VARIABLE}
{ printf %s "$${WORD_VARIABLE}" >"$__state/${WORD_FILE}"; } 2>/dev/null || unwritable

exec "$__here/workerd" serve \\
  "--socket-addr=http=\${CARDEA_ADDRESS:-127.0.0.1:8787}" \\
  "--socket-addr=health=\${CARDEA_HEALTH_ADDRESS:-127.0.0.1:8788}" \\
  "--directory-path=state=$__state" \\
  "$__here/gateway.capnp"
`
}

/** Within `"${NAME-…}"` of POSIX sh (2.2.3): these keep their meaning unless escaped. A quote ends the text. */
const inDoubleQuotes = (text: string): string => text.replace(/[$`"\\}]/g, '\\$&')
