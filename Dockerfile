# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
# For the addon (one C compiler call). better-sqlite3 brings a binary for this image.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /berth
COPY . .
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
# Root inside the container: the gateway acts as the user of each call, and opens files by handle. It needs the
# capability DAC_READ_SEARCH on top of Docker's default set; without it, it falls back to an index of its own.
WORKDIR /berth
COPY --from=build /berth/package.json /berth/LICENSE ./
COPY --from=build /berth/node_modules node_modules
COPY --from=build /berth/protocol/package.json protocol/
COPY --from=build /berth/protocol/dist protocol/dist
COPY --from=build /berth/build build
COPY --from=build /berth/dist dist
# For tars compressed by it.
RUN apt-get update && apt-get install -y --no-install-recommends zstd && rm -rf /var/lib/apt/lists/*
RUN install -d -m 700 /var/lib/berth
ENV NODE_ENV=production BERTH_DATA=/var/lib/berth BERTH_LISTEN=0.0.0.0 BERTH_CONFIG=/etc/berth/berth.yaml
VOLUME /var/lib/berth
EXPOSE 2049/tcp 2049/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8049/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
