#!/usr/bin/env bash
# A real Docker engine with compose and buildx, from Debian's packages, unpacked and not installed.
# usage: docker.sh up | down
# `up` is idempotent and prints DOCKER_HOST, DOCKER_CONFIG and the client's path. It knows the base image localhost/node:24 and, with npm, localhost/node-npm:24,
# and what stands in for public images in the compose demo (docker-images.sh).
# What was built stays in the cache, so that building the same again takes a second; containers, networks and volumes go with `down`.
# Needs a machine that forwards packets already (cluster.sh up sees to that): else the engine would close forwarding for everybody else.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
# shellcheck source=docker-images.sh
. "$HERE/docker-images.sh"
CACHE=$TB_DIR/docker
RUN=$TB_DIR/run/docker
NPM=11.19.1
SUITE=trixie # the oldest Debian with compose v2 and buildx
CLIENT=$CACHE/root/usr/bin
export DOCKER_HOST=unix://$RUN/docker.sock DOCKER_CONFIG=$CACHE/config PATH=$CACHE/root/usr/sbin:$CLIENT:$PATH

unpack() { # the packages of another suite, from the mirror that this machine uses, without touching its own package lists
  local apt=$CACHE/apt mirror options deb
  [ -x "$CACHE/root/usr/sbin/dockerd" ] && [ -x "$CACHE/root/usr/bin/docker-init" ] && return
  echo "testbed: unpacking a Docker engine" >&2
  rm -rf "$CACHE/root.new" "$apt"; mkdir -p "$apt"/etc/{sources.list.d,preferences.d,apt.conf.d} "$apt"/{lists,cache/archives/partial,debs}
  mirror=$(sed -n 's/^URIs: //p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) bookworm .*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | sed '/security/d;q' || true)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:?no Debian mirror is configured} $SUITE main" >"$apt/etc/sources.list"
  options=(-qq -o "Dir::Etc=$apt/etc" -o "Dir::Etc::sourcelist=$apt/etc/sources.list" -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
  apt-get "${options[@]}" update >&2
  (cd "$apt/debs" && apt-get "${options[@]}" download docker.io docker-cli docker-compose docker-buildx tini >&2)
  for deb in "$apt"/debs/*.deb; do dpkg-deb -x "$deb" "$CACHE/root.new"; done
  mkdir -p "$CACHE/config/cli-plugins"; cp "$CACHE"/root.new/usr/libexec/docker/cli-plugins/* "$CACHE/config/cli-plugins/"
  rm -rf "$CACHE/root"; mv "$CACHE/root.new" "$CACHE/root"; rm -rf "$apt"
}

up() {
  unpack
  [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || { echo "testbed: docker.sh needs ip_forward; start the cluster first" >&2; exit 1; }
  mkdir -p "$RUN"; echo '{}' >"$RUN/daemon.json"
  start "$RUN/dockerd.pid" "$RUN/dockerd.log" dockerd --config-file "$RUN/daemon.json" -H "$DOCKER_HOST" --data-root "$CACHE/data" --exec-root "$RUN/exec" \
    --pidfile "$RUN/own.pid" --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs --bip 172.30.0.1/24 --default-address-pool base=172.31.0.0/16,size=24 \
    --userland-proxy-path "$CACHE/root/usr/sbin/docker-proxy"
  wait_for 30 "the Docker engine" "$RUN/dockerd.log" docker version
  [ "$(docker image inspect -f '{{.Id}}' localhost/node:24 2>/dev/null)" = "$(image_id "$TB_DIR/images/node.tar")" ] || docker load -q -i "$TB_DIR/images/node.tar" >&2
  [ "$(docker image inspect -f '{{index .Config.Labels "npm"}}' localhost/node-npm:24 2>/dev/null)" = "$NPM $(image_id "$TB_DIR/images/node.tar")" ] || with_npm
  compose_images
  echo "export DOCKER_HOST=$DOCKER_HOST DOCKER_CONFIG=$DOCKER_CONFIG TESTBED_DOCKER=$CLIENT/docker"
}
with_npm() { # the base image with npm, which public images of Node have, too
  local work; work=$(mktemp -d)
  npm install --silent --no-save --no-audit --no-fund --prefix "$work" "npm@$NPM" >/dev/null 2>&1
  cat >"$work/Dockerfile" <<DOCKERFILE
FROM localhost/node:24
USER root
COPY node_modules/npm /usr/local/lib/node_modules/npm
RUN mkdir -p /usr/bin /root && ln -s /bin/env /usr/bin/env && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
LABEL npm="$NPM $(image_id "$TB_DIR/images/node.tar")"
DOCKERFILE
  docker build -q -t localhost/node-npm:24 "$work" >/dev/null
  rm -rf "$work"
}
image_id() { tar -xOf "$1" manifest.json | jq -r '.[0].Config | "sha256:" + rtrimstr(".json")'; }

remove_rules() { # what the engine leaves behind when it ends
  local table rule chain
  for table in filter nat; do
    { iptables -t $table -S 2>/dev/null || true; } | grep -E -- '^-A (FORWARD|PREROUTING|OUTPUT|POSTROUTING) .*(DOCKER|docker0|br-[0-9a-f]{12}|172\.3[01]\.)' | while read -r rule; do
      eval "iptables -t $table -D ${rule#-A }"
    done
    { iptables -t $table -S 2>/dev/null || true; } | sed -n 's/^-N \(DOCKER.*\)/\1/p' | while read -r chain; do iptables -t $table -F "$chain"; done
    { iptables -t $table -S 2>/dev/null || true; } | sed -n 's/^-N \(DOCKER.*\)/\1/p' | while read -r chain; do iptables -t $table -X "$chain"; done
  done
}

down() {
  [ -d "$RUN" ] || return 0
  if alive "$RUN/dockerd.pid"; then
    docker ps -aq | xargs -r docker rm -f -v >/dev/null
    docker network prune -f >/dev/null; docker volume prune -af >/dev/null
  fi
  stop "$RUN/dockerd.pid" 20
  local link
  for link in $(ip -o link show type bridge 2>/dev/null | sed -nE 's/^[0-9]+: (docker0|br-[0-9a-f]{12}):.*/\1/p'); do ip link delete "$link"; done
  remove_rules
  rm -rf "$RUN"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) sed -n 2,7p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
