import type { Wants } from './build.ts'

/** What whoever finds the folder on a server has to know. */
export const readme = ({ secrets, defaults, hasTls }: Wants): string => `# A Cardea gateway

Made by \`cardea build --self-host\`; edit the config in Git and build again. Needs Linux with glibc, sh and coreutils.

    ./start

It listens on \`CARDEA_ADDRESS\` (127.0.0.1:8787)${hasTls ? ' with TLS, `tls/cert.pem` and `tls/key.pem`' : ''}. \`/healthz\` and \`/readyz\` are on
\`CARDEA_HEALTH_ADDRESS\` (127.0.0.1:8788). State is kept in \`CARDEA_STATE\` (\`state/\` here). SIGTERM ends it when the
requests under way have ended; give it a deadline. \`./drain\` before it has \`/readyz\` answer 503 for
\`CARDEA_DRAIN_SECONDS\`, while all is still served.

${secrets.length > 0 ? `Secrets, each as NAME or as NAME_FILE: ${secrets.join(', ')}.` : 'It needs no secrets.'}
${Object.keys(defaults).length > 0 ? `Variables with a value, which the environment may replace: ${Object.keys(defaults).join(', ')}.` : ''}

\`Dockerfile\`: \`docker build -t gateway .\`; the state is a volume, /var/lib/cardea.
\`cardea.service\`: copy this folder to /opt/cardea, the unit to /etc/systemd/system/, each secret to /etc/cardea/NAME.
`
