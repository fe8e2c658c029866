# The scanner as an image: the bundle, and the Node that runs it.
FROM node:26.10.0-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.ts

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /src/package.json /seaworthy/
COPY --from=build /src/bin /seaworthy/bin
COPY --from=build /src/dist /seaworthy/dist
WORKDIR /work
# A number, so that the kubelet can tell that it is not root.
USER 10001:10001
# It runs once and ends; there is nothing to ask whether it is well.
HEALTHCHECK NONE
ENTRYPOINT ["node", "--max-semi-space-size=8", "/seaworthy/bin/seaworthy.js"]
