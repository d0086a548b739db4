import { services } from '../local/bundle.ts'

const scripts = services.map((name) => `${name}.js`).join(' ')

/** The folder is the build context: `docker build DIR`. workerd needs glibc, and the list of public authorities. */
export const dockerfile = `FROM debian:13-slim
RUN apt-get update \\
  && apt-get install -y --no-install-recommends ca-certificates \\
  && rm -rf /var/lib/apt/lists/* \\
  && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin cardea \\
  && install -d -o cardea -g cardea -m 0700 /var/lib/cardea
COPY start healthy drain workerd gateway.capnp worker.js ${scripts} /opt/cardea/
ENV CARDEA_ADDRESS=0.0.0.0:8787 \\
    CARDEA_HEALTH_ADDRESS=0.0.0.0:8788 \\
    CARDEA_STATE=/var/lib/cardea
USER 10001
VOLUME /var/lib/cardea
EXPOSE 8787 8788
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s CMD ["/opt/cardea/healthy"]
ENTRYPOINT ["/opt/cardea/start"]
`
