import { CHECK_HEADER, STOPPING_PATH } from '../../src/core/readiness.ts'

/** In the state's folder, for its owner only: what `start` and the health service know of each other. */
export const WORD_FILE = '.health-word'

/** `healthy`: ends with 0 when `/readyz` answers 200. bash, because it can open a connection without curl. */
export const healthyScript = `#!/bin/bash
# Ends with 0 when the gateway of this machine is ready.
address=\${CARDEA_HEALTH_ADDRESS:-127.0.0.1:8788}
exec 3<>"/dev/tcp/127.0.0.1/\${address##*:}" || exit 1
printf 'GET /readyz HTTP/1.1\\r\\nHost: health\\r\\nConnection: close\\r\\n\\r\\n' >&3
read -r -t 5 _ status _ <&3 && [ "$status" = 200 ]
`

/** `drain`: before SIGTERM, by systemd's `ExecStop` or a `preStop` hook. Ends with 0 when the gateway has been told. */
export const drainScript = `#!/bin/bash
# Has /readyz answer 503 while all is still served, and waits CARDEA_DRAIN_SECONDS (0), so that balancers see it.
seconds=\${CARDEA_DRAIN_SECONDS:-0}
[ "$seconds" != 0 ] || exit 0
here=$(cd -- "$(dirname -- "$0")" && pwd)
address=\${CARDEA_HEALTH_ADDRESS:-127.0.0.1:8788}
word=$(cat -- "\${CARDEA_STATE:-$here/state}/${WORD_FILE}") || exit 1
exec 3<>"/dev/tcp/127.0.0.1/\${address##*:}" || exit 1
printf 'POST ${STOPPING_PATH} HTTP/1.1\\r\\nHost: health\\r\\n${CHECK_HEADER}: %s\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n' "$word" >&3
read -r -t 5 _ status _ <&3 && [ "$status" = 204 ] || exit 1
exec sleep "$seconds"
`
