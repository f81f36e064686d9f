#!/usr/bin/env bash
# Makes Helm, which installs the chart of k8s/chart in tests, under $TB_DIR/bin where it is missing, and prints its path. Only what
# needs it calls this: the tests of test/install and the check of the plain files. Needs Go 1.26; two and a half minutes of processor time.
# usage: helm.sh
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
VERSION=v3.22.0
KUBERNETES_MINOR=37 # of k8s.io/client-go in its go.mod
PROGRAM=$TB_DIR/bin/helm

locked helm.lock
if ! [ -x "$PROGRAM" ] || [ "$(cat "$PROGRAM.version" 2>/dev/null)" != "$VERSION $KUBERNETES_MINOR" ]; then
  command -v go >/dev/null || { echo "testbed: Go 1.26 is not on PATH, and Helm is built from its Go module" >&2; exit 1; }
  echo "testbed: building Helm $VERSION" >&2
  mkdir -p "$TB_DIR/bin"
  FLAGS="-s -w -X helm.sh/helm/v3/internal/version.version=$VERSION"
  for place in lint/rules chartutil; do # as its own releases do: what `helm template` takes for the cluster's version
    FLAGS+=" -X helm.sh/helm/v3/pkg/$place.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/$place.k8sVersionMinor=$KUBERNETES_MINOR"
  done
  GOBIN="$TB_DIR/bin" CGO_ENABLED=0 go install -trimpath -ldflags "$FLAGS" "helm.sh/helm/v3/cmd/helm@$VERSION" >&2
  echo "$VERSION $KUBERNETES_MINOR" >"$PROGRAM.version"
fi
echo "$PROGRAM"
