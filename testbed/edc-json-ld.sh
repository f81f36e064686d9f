#!/usr/bin/env bash
# Providers' control planes without a data plane, which signal to registered ones by JSON-LD: EDC 0.10.0, with the jars of edc.sh, and 0.15.1.
# Their consumer is that of edc.sh.
# usage: edc-json-ld.sh collected | collect | up VERSION | down
# `collect` gets the jars of 0.15.1, once; `collected` tells whether they are there. `up` is idempotent and prints the addresses; it is no
# part of up.sh: the tests that need it call it, and down.sh stops what is up.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
RUN=$TB_DIR/run/edc-json-ld
LIB=$TB_DIR/edc-json-ld/lib
POM=$HERE/edc-json-ld/pom.xml
KEY=provider-management-key

collected() { [ "$(cat "$LIB.version" 2>/dev/null)" = "$(sha256sum <"$POM" | cut -c1-12)" ]; }
collect() {
  collected && return
  echo "testbed: collecting the jars of a control plane, EDC 0.15.1" >&2
  rm -rf "$LIB"
  mvn -q -B -f "$POM" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$LIB" >&2
  sha256sum <"$POM" | cut -c1-12 >"$LIB.version"
}

jars() { # jars VERSION: the classpath; with data-plane-core on it EDC would signal to that data plane alone
  local jar
  [ "$1" = 0.10.0 ] || { printf '%s' "$LIB/*"; return; }
  for jar in "$TB_DIR"/edc/lib/*.jar; do
    case ${jar##*/} in
      data-plane-core-* | data-plane-http-[0-9]* | data-plane-iam-* | data-plane-public-api-* | data-plane-self-registration-* | data-plane-signaling-api-[0-9]* | \
        provision-http-* | callback-*) ;;
      *) printf '%s:' "$jar" ;;
    esac
  done
}

properties() { # properties PORT: its name is the other provider's, so that whoever negotiates need not tell them apart
  cat <<PROPERTIES
edc.participant.id=provider
edc.hostname=localhost
web.http.port=${1}1
web.http.path=/api
web.http.control.port=${1}2
web.http.control.path=/control
web.http.management.port=${1}3
web.http.management.path=/management
web.http.management.auth.type=tokenbased
web.http.management.auth.key=$KEY
edc.api.auth.key=$KEY
web.http.protocol.port=${1}4
web.http.protocol.path=/protocol
edc.dsp.callback.address=http://localhost:${1}4/protocol
web.http.version.port=${1}5
web.http.version.path=/version
edc.transfer.state-machine.iteration-wait-millis=200
edc.negotiation.consumer.state-machine.iteration-wait-millis=200
edc.negotiation.provider.state-machine.iteration-wait-millis=200
edc.data.plane.selector.state-machine.iteration-wait-millis=200
edc.data.plane.selector.state-machine.check.period=5
edc.transfer.send.retry.limit=3
edc.core.retry.retries.max=1
PROPERTIES
}

answers() { # answers PORT: readiness turns true seconds before the management API is mounted, so ask the API itself
  curl -sf --max-time 5 -X POST -H "x-api-key: $KEY" -H 'content-type: application/json' \
    -d '{"@context":{"@vocab":"https://w3id.org/edc/v0.0.1/ns/"},"@type":"QuerySpec"}' "http://localhost:${1}3/management/v3/assets/request"
}

up() { # up VERSION; ports are below those that the kernel gives to outgoing connections
  local port classpath
  case $1 in
    0.10.0) port=1419 ;;
    0.15.1) port=1420; collect ;;
  esac
  locked edc-json-ld.lock
  mkdir -p "$RUN"; cd "$RUN"
  properties $port >"$1.properties"
  classpath=$(jars "$1")
  start "$1.pid" "$1.log" java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dedc.fs.config="$1.properties" -cp "${classpath%:}" \
    org.eclipse.edc.boot.system.runtime.BaseRuntime
  wait_for 60 "the control plane $1" "$RUN/$1.log" answers $port
  echo "export EDC_JSON_LD_MANAGEMENT=http://localhost:${port}3/management EDC_JSON_LD_KEY=$KEY"
  echo "export EDC_JSON_LD_PROTOCOL=http://localhost:${port}4/protocol EDC_JSON_LD_CONTROL=http://localhost:${port}2/control"
  echo "export EDC_JSON_LD_LIVENESS=http://localhost:${port}1/api/check/liveness"
}
down() { stop "$RUN/0.10.0.pid" 5; stop "$RUN/0.15.1.pid" 5; rm -rf "$RUN"; }

case ${1:-}-${2:-} in
  collected-) collected ;;
  collect-) collect ;;
  up-0.10.0 | up-0.15.1) up "$2" ;;
  down-) down ;;
  *) sed -n 2,6p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
