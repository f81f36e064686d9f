#!/usr/bin/env bash
# Makes s5cmd, the S3 client that the benchmark of uploads is measured beside, under $TB_DIR/bin where it is missing, and prints its
# path. Only the benchmark calls this: nothing else needs it, so build.sh does not make it. Needs Go 1.26; 15 s on two cores.
# usage: s5cmd.sh
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
VERSION=$(sed -n 's:^\tgithub.com/peak/s5cmd/v2 \(v[^ ]*\).*:\1:p' "$HERE/s5cmd/go.mod")
PROGRAM=$TB_DIR/bin/s5cmd

locked s5cmd.lock
if ! [ -x "$PROGRAM" ] || [ "$(cat "$PROGRAM.version" 2>/dev/null)" != "$VERSION" ]; then
  command -v go >/dev/null || { echo "testbed: Go 1.26 is not on PATH, and s5cmd is built from its Go module" >&2; exit 1; }
  echo "testbed: building s5cmd $VERSION" >&2
  mkdir -p "$TB_DIR/bin"
  (cd "$HERE/s5cmd" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/peak/s5cmd/v2/version.Version=$VERSION" \
    -o "$PROGRAM.new" github.com/peak/s5cmd/v2) >&2
  mv "$PROGRAM.new" "$PROGRAM"
  echo "$VERSION" >"$PROGRAM.version"
fi
echo "$PROGRAM"
