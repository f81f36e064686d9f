#!/usr/bin/env bash
# A real MinIO server on this machine; pods reach it at the same address.
# usage: s3.sh up | down
# `up` is idempotent and prints S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY. `down` removes the server with its data.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
RUN=$TB_DIR/run/s3
ADDRESS=${TB_S3_ADDRESS:-$NODE_IP:19000} # the node's address is there once the cluster is; without a cluster take TB_S3_ADDRESS=127.0.0.1:19000
export MINIO_ROOT_USER=testbed-root MINIO_ROOT_PASSWORD=testbed-root-secret MINIO_BROWSER=off

up() {
  mkdir -p "$RUN/data"
  start "$RUN/minio.pid" "$RUN/minio.log" "$TB_DIR/bin/minio" server --quiet --address "$ADDRESS" "$RUN/data"
  wait_for 30 MinIO "$RUN/minio.log" curl -sf "http://$ADDRESS/minio/health/live"
  echo "export S3_ENDPOINT=http://$ADDRESS S3_ACCESS_KEY=$MINIO_ROOT_USER S3_SECRET_KEY=$MINIO_ROOT_PASSWORD"
}
down() { stop "$RUN/minio.pid"; rm -rf "$RUN"; }

case ${1:-} in
  up) up ;;
  down) down ;;
  *) sed -n 2,4p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
