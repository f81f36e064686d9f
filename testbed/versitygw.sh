#!/usr/bin/env bash
# A second S3 server of another make: versitygw over a folder of this machine. It has no STS, so its sidecars get an upload-only user.
# usage: versitygw.sh up | down
# `up` is idempotent and prints S3_SECOND_ENDPOINT, the root's keys and those of two users who may do nothing until a bucket's policy says so.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
RUN=$TB_DIR/run/versitygw
ADDRESS=${TB_S3_SECOND_ADDRESS:-$NODE_IP:17070}
export ROOT_ACCESS_KEY=testbed-root ROOT_SECRET_KEY=testbed-root-secret

admin() { "$TB_DIR/bin/versitygw" admin --access $ROOT_ACCESS_KEY --secret $ROOT_SECRET_KEY --endpoint-url "http://$ADDRESS" "$@"; }
user() { admin list-users | grep -q "^$1 " || admin create-user --access "$1" --secret "$1-secret" --role user >/dev/null; }

up() {
  mkdir -p "$RUN/data" "$RUN/users"
  start "$RUN/versitygw.pid" "$RUN/versitygw.log" \
    "$TB_DIR/bin/versitygw" --port "$ADDRESS" --region us-east-1 --keep-alive --quiet --iam-dir "$RUN/users" posix "$RUN/data"
  wait_for 30 versitygw "$RUN/versitygw.log" admin list-users
  user testbed-service; user testbed-upload
  echo "export S3_SECOND_ENDPOINT=http://$ADDRESS S3_SECOND_ACCESS_KEY=$ROOT_ACCESS_KEY S3_SECOND_SECRET_KEY=$ROOT_SECRET_KEY"
  echo "export S3_SECOND_SERVICE_ACCESS_KEY=testbed-service S3_SECOND_SERVICE_SECRET_KEY=testbed-service-secret"
  echo "export S3_SECOND_UPLOAD_ACCESS_KEY=testbed-upload S3_SECOND_UPLOAD_SECRET_KEY=testbed-upload-secret"
}
down() { stop "$RUN/versitygw.pid"; rm -rf "$RUN"; }

case ${1:-} in
  up) up ;;
  down) down ;;
  *) sed -n 2,5p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
