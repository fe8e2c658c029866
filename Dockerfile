# The scanner as an image: the package, the Node that runs it, and nothing else: no shell, no package manager, nobody's tools.
# Pinned by version. A build that must be repeatable to the bit names the digest, too: --build-arg NODE=node:26.10.0-bookworm-slim@sha256:…
ARG NODE=node:26.10.0-bookworm-slim
FROM ${NODE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.ts && node scripts/image.ts /image

FROM scratch
COPY --from=build /image /
ENV NODE_ENV=production
WORKDIR /work
# A number, so that the kubelet can tell that it is not root.
USER 10001:10001
# It runs once and ends; there is nothing to ask whether it is well.
HEALTHCHECK NONE
# Young objects get little room, which halves the memory that a scan takes at its peak, and all of it at once, for a small scan then hardly collects any of them.
ENTRYPOINT ["/usr/local/bin/node", "--min-semi-space-size=4", "--max-semi-space-size=4", "/seaworthy/bin/seaworthy.js"]
