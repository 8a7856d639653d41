FROM node:26.10.0-slim

WORKDIR /app
ENV NODE_ENV=production

COPY package.json package-lock.json .npmrc ./
# Install scripts bring a Node and a PostgreSQL of the project's own; the image has the one, its neighbour is the other.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY migrations ./migrations
COPY schemas ./schemas
COPY src ./src

# A volume mounted on an empty folder takes over its owner.
RUN mkdir -p /var/lib/interpro /sandbox /trust && chown node:node /var/lib/interpro /sandbox /trust
USER node
ENV INTERPRO_DATA=/var/lib/interpro
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
