#!/usr/bin/env bash
# Builds what is missing, starts cluster, object stores, database, connector pair and container engine, makes the images known to the node, and prints the
# environment as `export NAME=value` lines, which it also writes to $TB_DIR/environment. Idempotent. usage: up.sh
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
locked
"$HERE/build.sh" >&2
mkdir -p "$TB_DIR/run"

"$HERE/edc.sh" up >"$TB_DIR/run/edc.environment" & # needs nothing of the others and is slowest: beside them
connectors=$!
"$HERE/cluster.sh" up >"$TB_DIR/run/cluster.environment"
"$HERE/s3.sh" up >"$TB_DIR/run/s3.environment"
"$HERE/versitygw.sh" up >"$TB_DIR/run/versitygw.environment"
"$HERE/postgres.sh" up >"$TB_DIR/run/postgres.environment"
"$HERE/images.sh" >&2
"$HERE/docker.sh" up >"$TB_DIR/run/docker.environment"
wait $connectors || exit 1

{
  cat "$TB_DIR"/run/{cluster,s3,versitygw,postgres,edc,docker}.environment
  echo "TESTBED_HOST=$NODE_IP"
} | tr ' ' '\n' | grep = | sort -u | sed 's/^/export /' >"$TB_DIR/environment.new"
mv "$TB_DIR/environment.new" "$TB_DIR/environment"
cat "$TB_DIR/environment"
