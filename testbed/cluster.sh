#!/usr/bin/env bash
# A real one-node Kubernetes on this machine: etcd, kube-apiserver, controller-manager, scheduler, kubelet, containerd, CNI,
# kube-proxy (Services), CoreDNS (names), kube-router (NetworkPolicies).
# usage: cluster.sh up | down | images NAME.tar...
# `up` is idempotent and prints the line  export KUBECONFIG=...  when the node is Ready. `down` removes everything it made.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
# npm puts node_modules/.bin first, and there may be an `nft` that is no firewall's: kube-proxy and CNI want the machine's own.
PATH=$(tr : '\n' <<<"$PATH" | grep -v '/node_modules/\.bin$' | paste -sd:)
BIN=$TB_DIR/bin; RUN=$TB_DIR/run/cluster; PKI=$RUN/pki; LOG=$RUN/log
API_PORT=${TB_API_PORT:-16443}; ETCD_PORT=${TB_ETCD_PORT:-12379}; ETCD_PEER_PORT=${TB_ETCD_PEER_PORT:-12380}; KUBELET_PORT=${TB_KUBELET_PORT:-10250}
SOCK=$RUN/containerd.sock; NODE=${TB_NODE:-testnode}
POD_CIDR=10.244.0.0/24; SERVICE_CIDR=10.96.0.0/16

program() { local name=$1; shift; start "$RUN/$name.pid" "$LOG/$name.log" "$@"; }
api() { # api PATH [curl arguments]: asks the API server as the cluster's administrator
  local path=$1; shift
  curl -sf --max-time 20 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$@" "https://127.0.0.1:$API_PORT$path"
}
node_ready() { api "/api/v1/nodes/$NODE" | jq -e '.status.conditions[] | select(.type == "Ready" and .status == "True")'; }
ctr_node() { ctr -a "$SOCK" -n k8s.io "$@"; }

pki() {
  [ -f "$PKI/done" ] && return 0
  mkdir -p "$PKI"; cd "$PKI"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=testbed-ca -keyout ca.key -out ca.crt 2>/dev/null
  cert() { # cert NAME SUBJECT SAN
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" \
      -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\n%s' "${3:+subjectAltName=$3}") 2>/dev/null
  }
  cert apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:10.96.0.1,IP:$NODE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
  cert admin /O=system:masters/CN=admin
  cert kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  cert controller-manager /CN=system:kube-controller-manager
  cert scheduler /CN=system:kube-scheduler
  cert kubelet "/O=system:nodes/CN=system:node:$NODE" "IP:127.0.0.1,IP:$NODE_IP,DNS:$NODE"
  openssl genrsa -out sa.key 2048 2>/dev/null; openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
  kubeconfig() { # kubeconfig FILE CERT
    cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: testbed, cluster: {server: "https://127.0.0.1:$API_PORT", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: user, user: {client-certificate-data: $(base64 -w0 "$2.crt"), client-key-data: $(base64 -w0 "$2.key")}}]
contexts: [{name: testbed, context: {cluster: testbed, user: user}}]
current-context: testbed
YAML
  }
  kubeconfig "$RUN/admin.kubeconfig" admin
  kubeconfig "$RUN/controller-manager.kubeconfig" controller-manager
  kubeconfig "$RUN/scheduler.kubeconfig" scheduler
  kubeconfig "$RUN/kubelet.kubeconfig" kubelet
  touch done
}

configs() {
  mkdir -p "$RUN/cni" "$RUN/kubelet"
  cat >"$RUN/cni/10-testbed.conflist" <<JSON
{"cniVersion":"0.4.0","name":"testbed","plugins":[
 {"type":"bridge","bridge":"tbcni0","isGateway":true,"ipMasq":false,"hairpinMode":true,
  "ipam":{"type":"host-local","ranges":[[{"subnet":"$POD_CIDR"}]],"routes":[{"dst":"0.0.0.0/0"}],"dataDir":"$RUN/cni-ipam"}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
JSON
  cat >"$RUN/containerd.toml" <<TOML
version = 2
root = "$RUN/containerd"
state = "$RUN/containerd-state"
[grpc]
  address = "$SOCK"
[ttrpc]
  address = "$SOCK.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$RUN/cni"
TOML
  cat >"$RUN/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $RUN/admin.kubeconfig}
mode: nftables
clusterCIDR: $POD_CIDR
bindAddress: $NODE_IP
healthzBindAddress: 127.0.0.1:${TB_PROXY_HEALTH_PORT:-10256}
metricsBindAddress: 127.0.0.1:${TB_PROXY_METRICS_PORT:-10249}
hostnameOverride: $NODE
nodePortAddresses: ["$NODE_IP/32"]
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
YAML
  cat >"$RUN/Corefile" <<CORE
.:53 {
  bind $NODE_IP
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $RUN/admin.kubeconfig testbed
    pods insecure
    ttl 5
  }
  cache 5
}
CORE
  cat >"$RUN/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
port: $KUBELET_PORT
cgroupDriver: cgroupfs
oomScoreAdj: 0
failSwapOn: false
failCgroupV1: false
containerRuntimeEndpoint: unix://$SOCK
podCIDR: $POD_CIDR
resolvConf: ""
clusterDNS: [$NODE_IP]
clusterDomain: cluster.local
tlsCertFile: $PKI/kubelet.crt
tlsPrivateKeyFile: $PKI/kubelet.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
evictionHard: {memory.available: "200Mi", nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
serializeImagePulls: false
maxPods: 250
makeIPTablesUtilChains: false
podLogsDir: $LOG/pods
podPidsLimit: 512
YAML
}

up() {
  mkdir -p "$RUN" "$LOG"
  [ -x "$BIN/kubebed" ] || { echo "testbed: $BIN/kubebed is missing: run $HERE/build.sh first" >&2; exit 1; }
  pki; configs; cd "$RUN"
  [ -f ip_forward ] || sysctl -n net.ipv4.ip_forward >ip_forward # put back by `down`
  sysctl -qw net.ipv4.ip_forward=1
  ip link show tbnode0 >/dev/null 2>&1 || { ip link add tbnode0 type bridge; ip addr add "$NODE_IP/32" dev tbnode0; ip link set tbnode0 up; }
  program etcd "$BIN/kubebed" etcd --data-dir "$RUN/etcd" --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-cluster "default=http://127.0.0.1:$ETCD_PEER_PORT" \
    --unsafe-no-fsync --log-level warn
  program containerd containerd --config "$RUN/containerd.toml" --log-level warn
  program apiserver "$BIN/kubebed" kube-apiserver --etcd-servers "http://127.0.0.1:$ETCD_PORT" --bind-address 0.0.0.0 --secure-port "$API_PORT" --advertise-address "$NODE_IP" \
    --service-cluster-ip-range "$SERVICE_CIDR" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged=true \
    --client-ca-file "$PKI/ca.crt" --tls-cert-file "$PKI/apiserver.crt" --tls-private-key-file "$PKI/apiserver.key" \
    --kubelet-client-certificate "$PKI/kubelet-client.crt" --kubelet-client-key "$PKI/kubelet-client.key" --kubelet-certificate-authority "$PKI/ca.crt" \
    --kubelet-preferred-address-types InternalIP,Hostname \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$PKI/sa.pub" --service-account-signing-key-file "$PKI/sa.key"
  wait_for 30 containerd "$LOG/containerd.log" ctr -a "$SOCK" version
  ctr_node images ls -q | grep -qx localhost/pause:1 || ctr_node images import "$TB_DIR/images/pause.tar" >/dev/null
  wait_for 90 kube-apiserver "$LOG/apiserver.log" api /readyz
  program controller-manager "$BIN/kubebed" kube-controller-manager --kubeconfig "$RUN/controller-manager.kubeconfig" --leader-elect=false --use-service-account-credentials \
    --root-ca-file "$PKI/ca.crt" --service-account-private-key-file "$PKI/sa.key" --cluster-signing-cert-file "$PKI/ca.crt" --cluster-signing-key-file "$PKI/ca.key" \
    --authentication-kubeconfig "$RUN/controller-manager.kubeconfig" --authorization-kubeconfig "$RUN/controller-manager.kubeconfig" --bind-address 127.0.0.1 --secure-port "${TB_KCM_PORT:-10257}"
  program scheduler "$BIN/kubebed" kube-scheduler --kubeconfig "$RUN/scheduler.kubeconfig" --leader-elect=false \
    --authentication-kubeconfig "$RUN/scheduler.kubeconfig" --authorization-kubeconfig "$RUN/scheduler.kubeconfig" --bind-address 127.0.0.1 --secure-port "${TB_SCHEDULER_PORT:-10259}"
  program kubelet "$BIN/kubebed" kubelet --config "$RUN/kubelet.yaml" --kubeconfig "$RUN/kubelet.kubeconfig" --hostname-override "$NODE" --node-ip "$NODE_IP" --root-dir "$RUN/kubelet" --v 1
  program kube-proxy "$BIN/kubebed" kube-proxy --config "$RUN/kube-proxy.yaml"
  program coredns "$BIN/coredns" -conf "$RUN/Corefile"
  wait_for 90 "the node" "$LOG/kubelet.log" node_ready
  # NetworkPolicies act 0.1 to 1 s after a pod's start: until then everything is open
  program kube-router "$BIN/kube-router" --run-firewall=true --run-router=false --run-service-proxy=false --kubeconfig "$RUN/admin.kubeconfig" \
    --hostname-override "$NODE" --service-cluster-ip-range "$SERVICE_CIDR" --health-port 0 --iptables-sync-period 30s
  wait_for 30 "the default service account" "$LOG/controller-manager.log" api /api/v1/namespaces/default/serviceaccounts/default
  echo "export KUBECONFIG=$RUN/admin.kubeconfig"
}

images() { # makes docker archives known to the node, each once
  local tar id
  mkdir -p "$RUN/imported"
  for tar in "$@"; do
    id=$(stat -c '%n %s %Y' "$tar")
    [ "$(cat "$RUN/imported/$(basename "$tar")" 2>/dev/null)" = "$id" ] && continue
    ctr_node images import "$tar" >/dev/null
    echo "$id" >"$RUN/imported/$(basename "$tar")"
  done
}

down() {
  [ -d "$RUN" ] || return 0
  local namespace name chain
  if alive "$RUN/apiserver.pid" && alive "$RUN/kubelet.pid"; then # pods first, so that the kubelet takes their networks and mounts down
    for namespace in $(api /api/v1/pods | jq -r '[.items[].metadata.namespace] | unique[]'); do
      api "/api/v1/namespaces/$namespace/pods?gracePeriodSeconds=0" -X DELETE >/dev/null || true
    done
    local end=$((SECONDS + 20))
    while [ -n "$(ctr_node tasks ls -q)" ] && [ $SECONDS -lt $end ]; do sleep 0.2; done
  fi
  for name in kube-router kubelet coredns kube-proxy scheduler controller-manager apiserver etcd; do stop "$RUN/$name.pid"; done
  if alive "$RUN/containerd.pid"; then
    ctr_node tasks ls -q 2>/dev/null | xargs -r -n1 ctr -a "$SOCK" -n k8s.io tasks rm -f >/dev/null 2>&1 || true
    ctr_node containers ls -q 2>/dev/null | xargs -r -n1 ctr -a "$SOCK" -n k8s.io containers rm >/dev/null 2>&1 || true
    stop "$RUN/containerd.pid"
  fi
  "$BIN/kubebed" kube-proxy --cleanup >/dev/null 2>&1 || true
  "$BIN/kube-router" --cleanup-config >/dev/null 2>&1 || true
  for chain in INPUT FORWARD OUTPUT; do
    while iptables -D $chain -m comment --comment "KUBE-ROUTER rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT 2>/dev/null; do :; done
  done
  { grep -o "$RUN/[^ ]*" /proc/mounts || true; } | sort -r | xargs -r -n1 umount -l
  for name in $(ip netns list 2>/dev/null | grep -o '^cni-[^ ]*'); do # networks of pods that were not taken down above
    ip -n "$name" -o -4 addr show 2>/dev/null | grep -q " ${POD_CIDR%.*}." && ip netns del "$name"
  done
  for name in /var/lib/cni/results/testbed-*; do name=${name##*/testbed-}; rm -f "/var/lib/cni/results/testbed-$name" "/var/lib/cni/results/cni-loopback-${name%-eth0}-lo"; done
  find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null || true
  find /var/log/containers -type l -lname "$LOG/*" -delete 2>/dev/null || true
  rm -f /var/lib/kubelet/device-plugins/kubelet.sock # ours, and dead by now
  # places that kubelet, containerd and CNI make for themselves: gone when nobody else has anything there
  rmdir /var/log/{containers,pods} /var/lib/kubelet/device-plugins /var/lib/kubelet /var/lib/cni/{results,} /var/run/netns \
    /run/containerd/{runc/k8s.io,runc,s,} 2>/dev/null || true
  ip link del tbcni0 2>/dev/null || true; ip link del tbnode0 2>/dev/null || true
  [ -f "$RUN/ip_forward" ] && sysctl -qw "net.ipv4.ip_forward=$(cat "$RUN/ip_forward")"
  rm -rf "$RUN"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  images) shift; images "$@" ;;
  *) sed -n 2,5p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
