#!/bin/sh
# All peers of `npm run bench` that Debian and npm have, outside of the repository's own dependencies.
# `sudo sh test/bench/peers/install.sh`; where a Debian package starts a service, stop it before a run.
set -eu
cd "$(dirname "$0")/../../.."
apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-lua haproxy caddy
npm install --prefix "${CARDEA_BENCH_PEERS:-.cardea/bench-peers}" --no-audit --no-fund --save-exact \
  fastify@5.12.8 @fastify/http-proxy@11.6.3
