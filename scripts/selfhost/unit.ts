import type { Wants } from './build.ts'

/**
 * A systemd unit with a credential for each secret, `systemd.exec(5)`. Memory that is writable and executable
 * stays allowed: V8 compiles while it runs.
 */
export const unit = ({ secrets }: Wants): string => `[Unit]
Description=Cardea gateway
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=/opt/cardea/start
# before SIGTERM: /readyz answers 503 for so many seconds
ExecStop=-/opt/cardea/drain
Environment=CARDEA_DRAIN_SECONDS=0
Environment=CARDEA_ADDRESS=127.0.0.1:8787
Environment=CARDEA_HEALTH_ADDRESS=127.0.0.1:8788
Environment=CARDEA_STATE=%S/cardea
EnvironmentFile=-/etc/cardea/variables.env
${secrets
  .flatMap((name) => [
    `LoadCredential=${name}:/etc/cardea/${name}`,
    `Environment=${name}_FILE=%d/${name}`,
  ])
  .join('\n')}
DynamicUser=yes
StateDirectory=cardea
StateDirectoryMode=0700
UMask=0077
Restart=always
RestartSec=1
# after SIGTERM requests under way may take this long, then SIGKILL ends what hangs; more than the seconds of drain
TimeoutStopSec=15
LimitNOFILE=65536
# below 1024: AmbientCapabilities=CAP_NET_BIND_SERVICE, and the same in CapabilityBoundingSet
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
PrivateDevices=yes
PrivateTmp=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`
