#!/usr/bin/env bash
# Stops all that up.sh started and removes what it left: processes, mounts, network links, firewall rules, data. The cache under
# $TB_DIR (programs, jars, images) stays, so that the next start is quick; `rm -r $TB_DIR` removes that too. usage: down.sh
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
[ -d "$TB_DIR/run" ] || exit 0
locked
rm -f "$TB_DIR/environment"
"$HERE/docker.sh" down
"$HERE/edc.sh" down
"$HERE/edc-json-ld.sh" down
"$HERE/postgres.sh" down
"$HERE/versitygw.sh" down
"$HERE/s3.sh" down
"$HERE/cluster.sh" down
rm -rf "$TB_DIR/run"
