#!/usr/bin/env bash
# Makes what the testbed runs, once, under $TB_DIR (kept between runs): Kubernetes and MinIO from Go modules, the connector's
# jars from Maven Central, base images without a registry. Needs root on Debian 12 with Go 1.26 and npm; installs the rest by apt.
# First run on two cores: about 12 minutes. Later runs: a second. Each part is made anew only when its version below changes.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
# shellcheck source=image.sh
. "$HERE/image.sh"
KUBERNETES=$(sed -n 's:^\tk8s.io/kubernetes v::p' "$HERE/kubebed/go.mod")
MINIO=v0.0.0-20260212201848-7aac2a2c5b7c
VERSITYGW=v1.8.0
COREDNS=1.14.7
KUBE_ROUTER=$(sed -n 's:^replace .* => [^ ]* ::p' "$HERE/kube-router/go.mod")
EDC=$(sed -n 's:.*<edc.version>\(.*\)</edc.version>.*:\1:p' "$HERE/edc/pom.xml")
NODE=$(sed -n 's/^    "node": "\([0-9.]*\)",$/\1/p' "$HERE/../package.json")
BASE_IMAGES="1 node $NODE" # raise the number when the recipe below changes
mkdir -p "$TB_DIR/bin" "$TB_DIR/images" "$TB_DIR/edc"

packages() {
  local need=() pair
  for pair in containerd:containerd runc:runc buildah:buildah ip:iproute2 openssl:openssl iptables:iptables ipset:ipset jq:jq curl:curl sqlite3:sqlite3 \
    flock:util-linux file:file java:openjdk-17-jre-headless; do
    command -v "${pair%%:*}" >/dev/null || need+=("${pair##*:}")
  done
  [ -x /usr/lib/cni/bridge ] || need+=(containernetworking-plugins)
  [ -f /etc/ssl/certs/ca-certificates.crt ] || need+=(ca-certificates)
  file -L /bin/busybox 2>/dev/null | grep -q statically || need+=(busybox-static)
  { [ -f "$TB_DIR/edc/lib/boot-$EDC.jar" ] && "$HERE/edc-json-ld.sh" collected; } || command -v mvn >/dev/null || need+=(maven)
  [ ${#need[@]} -eq 0 ] && return
  echo "testbed: installing ${need[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
}

made() { # made NAME VERSION [COMMAND...]: is this version there? One without a stamp counts if the command prints its version
  local stamp="$TB_DIR/$1.version" version=$2; shift 2
  [ -f "$stamp" ] && { [ "$(cat "$stamp")" = "$version" ]; return; }
  [ $# -gt 0 ] && "$@" 2>/dev/null | grep -qF "$version" && echo "$version" >"$stamp"
}
stamp() { echo "$2" >"$TB_DIR/$1.version"; }
go_install() { # go_install NAME PACKAGE@VERSION
  GOBIN="$TB_DIR/bin" CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "$2"
}
go_build() { # go_build NAME FOLDER LDFLAGS PACKAGE
  (cd "$2" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w $3" -o "$TB_DIR/bin/$1.new" "$4")
  mv "$TB_DIR/bin/$1.new" "$TB_DIR/bin/$1"
}
need_go() {
  command -v go >/dev/null && return
  echo "testbed: Go 1.26 is not on PATH, and Debian 12 has only an older one; see testbed/README.md" >&2
  exit 1
}

rootfs() { # rootfs DIR: a static busybox, two users, CA certificates
  mkdir -p "$1"/{bin,etc/ssl/certs,tmp,usr/local/bin}; chmod 1777 "$1/tmp"
  cp /bin/busybox "$1/bin/busybox"
  for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "$1/bin/$applet"; done
  printf 'root:x:0:0:root:/:/bin/sh\nnonroot:x:65532:65532:nonroot:/tmp:/bin/sh\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$1/etc/group"
  cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
}
base_images() {
  local work node library
  work=$(mktemp -d)
  rootfs "$work/busybox"
  image scratch "$work/busybox" pause:1 --entrypoint '["/bin/sh","-c","trap : TERM INT; sleep infinity & wait"]'
  image scratch "$work/busybox" busybox:1 --user 65532:65532
  npm install --silent --no-save --no-audit --no-fund --prefix "$work/npm" "node@$NODE" >/dev/null
  node=$(readlink -f "$work/npm/node_modules/node/bin/node")
  cp -a "$work/busybox" "$work/node"; cp "$node" "$work/node/usr/local/bin/node"
  for library in $(ldd "$node" | grep -o '/[^ ]*'); do mkdir -p "$work/node$(dirname "$library")"; cp -L "$library" "$work/node$library"; done
  image scratch "$work/node" node:24 --user 65532:65532
  rm -rf "$work"
}

packages
if ! { [ -x "$TB_DIR/bin/kubebed" ] && made bin/kubebed "$KUBERNETES" "$TB_DIR/bin/kubebed" kube-apiserver --version; }; then
  need_go; echo "testbed: building Kubernetes $KUBERNETES (about 5 minutes on two cores)"
  version=k8s.io/component-base/version
  go_build kubebed "$HERE/kubebed" "-X $version.gitVersion=v$KUBERNETES -X $version.gitMajor=1 -X $version.gitMinor=34" .
  stamp bin/kubebed "$KUBERNETES"
fi
if ! { [ -x "$TB_DIR/bin/kubectl" ] && made bin/kubectl "$KUBERNETES" "$TB_DIR/bin/kubectl" version --client; }; then
  need_go; echo "testbed: building kubectl (half a minute)"
  go_build kubectl "$HERE/kubebed" "-X k8s.io/component-base/version.gitVersion=v$KUBERNETES" k8s.io/kubernetes/cmd/kubectl
  stamp bin/kubectl "$KUBERNETES"
fi
if ! { [ -x "$TB_DIR/bin/minio" ] && made bin/minio "$MINIO" go version -m "$TB_DIR/bin/minio"; }; then
  need_go; echo "testbed: building MinIO (about 2 minutes)"
  go_install minio "github.com/minio/minio@$MINIO"
  stamp bin/minio "$MINIO"
fi
if ! { [ -x "$TB_DIR/bin/versitygw" ] && made bin/versitygw "$VERSITYGW" go version -m "$TB_DIR/bin/versitygw"; }; then
  need_go; echo "testbed: building versitygw $VERSITYGW (about 1.5 minutes)"
  go_install versitygw "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW"
  stamp bin/versitygw "$VERSITYGW"
fi
if ! { [ -x "$TB_DIR/bin/coredns" ] && made bin/coredns "$COREDNS" "$TB_DIR/bin/coredns" -version; }; then
  need_go; echo "testbed: building CoreDNS $COREDNS (about 2 minutes)"
  go_install coredns "github.com/coredns/coredns@v$COREDNS"
  stamp bin/coredns "$COREDNS"
fi
if ! { [ -x "$TB_DIR/bin/kube-router" ] && made bin/kube-router "$KUBE_ROUTER" go version -m "$TB_DIR/bin/kube-router"; }; then
  need_go; echo "testbed: building kube-router (about 1 minute)"
  go_build kube-router "$HERE/kube-router" '' github.com/cloudnativelabs/kube-router/v2/cmd/kube-router
  stamp bin/kube-router "$KUBE_ROUTER"
fi
if ! { [ -f "$TB_DIR/edc/lib/boot-$EDC.jar" ] && made edc/lib "$EDC $(sha256sum <"$HERE/edc/pom.xml" | cut -c1-12)"; }; then
  echo "testbed: collecting the jars of the connector, version $EDC"
  rm -rf "$TB_DIR/edc/lib"
  mvn -q -B -f "$HERE/edc/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$TB_DIR/edc/lib"
  stamp edc/lib "$EDC $(sha256sum <"$HERE/edc/pom.xml" | cut -c1-12)"
fi
if ! { [ -f "$TB_DIR/images/node.tar" ] && made images/base "$BASE_IMAGES"; }; then
  echo "testbed: packing the base images"
  base_images
  stamp images/base "$BASE_IMAGES"
fi
"$HERE/edc-json-ld.sh" collect
"$HERE/helm.sh" >/dev/null # its own check of what is there
