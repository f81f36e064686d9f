# The service and the data sidecar, as compiled JavaScript:
#   docker build --target entrypoint -t dataspace-compute .
#   docker build --target sidecar -t dataspace-compute-sidecar .
# Behind a proxy with a certificate of its own, or with a package registry of your own, hand them to the build as secrets:
#   --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt --secret id=npmrc,src=$HOME/.npmrc

# What both run on, and what they are built on: the latter needs npm.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG BUILD_IMAGE=${NODE_IMAGE}

FROM ${BUILD_IMAGE} AS build
USER root
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/ca.pem \
    if [ -s /run/ca.pem ]; then export NODE_EXTRA_CA_CERTS=/run/ca.pem; fi; npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build \
 && node scripts/image-files.mjs /image

FROM ${NODE_IMAGE} AS sidecar
ARG VERSION=dev REVISION=unknown
LABEL org.opencontainers.image.title="dataspace-compute data sidecar" \
      org.opencontainers.image.description="Fetches the inputs of a compute job and uploads its results" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/sidecar/app /app
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/sidecar/main.js"]

FROM ${NODE_IMAGE} AS entrypoint
ARG VERSION=dev REVISION=unknown
LABEL org.opencontainers.image.title="dataspace-compute" \
      org.opencontainers.image.description="Lets the provider of a dataspace connector offer computation, not only data" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/entrypoint/app /app
COPY --from=build /image/entrypoint/usr /usr
COPY --from=build --chown=65532:65532 /image/entrypoint/data /data
# The C library keeps memory for every thread of its own otherwise, and gives little back: 4 to 7 MiB.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
# What changes lies in /data alone; everything else may be read-only.
WORKDIR /data
USER 65532:65532
EXPOSE 3000 3001
# The service itself; the command line is there as `dsc`.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--optimize-for-size", "--liftoff-only", "--no-sparkplug", "/app/dist/entrypoint/main.js"]
