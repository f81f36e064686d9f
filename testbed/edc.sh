#!/usr/bin/env bash
# A real pair of Eclipse Dataspace Connectors, provider and consumer, with in-memory stores, on this machine's loopback.
# usage: edc.sh up | down
# `up` is idempotent and prints the pair's addresses and keys, and the ports at which the provider expects the service.
#
# The provider's HTTP provisioner knows several kinds of asset, so that several services under test can run at once:
#   an asset whose data address has the type    is provisioned by POST to
#   HttpProvision                               $TB_PROVISION_ENDPOINT (http://127.0.0.1:13000/connectors/provider/provision)
#   HttpProvision-13001, -13002, -13003         the same path at that port
# Transfer events go to the same services (TB_EVENTS_ENDPOINT for the first: http://127.0.0.1:13000/connectors/provider/events).
# A path with a secret segment is had by TB_PROVISION_ENDPOINT=http://127.0.0.1:13000/connectors/provider/provision/<secret>.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
RUN=$TB_DIR/run/edc
PORTS="13000 13001 13002 13003"
PROVISION=${TB_PROVISION_ENDPOINT:-http://127.0.0.1:13000/connectors/provider/provision}
EVENTS=${TB_EVENTS_ENDPOINT:-http://127.0.0.1:13000/connectors/provider/events}
EVENTS_PORT=13099 # events.mjs, which hands them on to all

keys() {
  [ -f key.pub.pem ] && return 0
  openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out key.pem
  openssl pkey -in key.pem -pubout -out key.pub.pem
}

provisioner() { # provisioner NAME TYPE ENDPOINT
  cat <<PROPERTIES
provisioner.http.entries.$1.provisioner.type=provider
provisioner.http.entries.$1.data.address.type=$2
provisioner.http.entries.$1.endpoint=$3
PROPERTIES
}

properties() { # properties ROLE PREFIX: state machines tick every 200 ms, so that tests need not wait for the default second
  cat <<PROPERTIES
edc.participant.id=$1
edc.hostname=localhost
web.http.port=${2}9191
web.http.path=/api
web.http.management.port=${2}9193
web.http.management.path=/management
web.http.management.auth.type=tokenbased
web.http.management.auth.key=$1-management-key
edc.api.auth.key=$1-management-key
web.http.protocol.port=${2}9194
web.http.protocol.path=/protocol
edc.dsp.callback.address=http://localhost:${2}9194/protocol
web.http.control.port=${2}9192
web.http.control.path=/control
web.http.version.port=${2}9195
web.http.version.path=/version
web.http.public.port=${2}9291
web.http.public.path=/public
edc.dataplane.api.public.baseurl=http://localhost:${2}9291/public
edc.transfer.proxy.token.signer.privatekey.alias=private-key
edc.transfer.proxy.token.verifier.publickey.alias=public-key
private-key=$(awk '{printf "%s\\n", $0}' key.pem)
edc.iam.publickeys.key.id=public-key
edc.iam.publickeys.key.path=$RUN/key.pub.pem
edc.transfer.state-machine.iteration-wait-millis=200
edc.negotiation.consumer.state-machine.iteration-wait-millis=200
edc.negotiation.provider.state-machine.iteration-wait-millis=200
edc.dataplane.state-machine.iteration-wait-millis=200
edc.transfer.send.retry.limit=3
edc.core.retry.retries.max=1
PROPERTIES
  [ "$1" = provider ] || return 0
  printf 'edc.callback.compute.%s\n' "uri=http://127.0.0.1:$EVENTS_PORT/events" events=transfer.process transactional=false
  provisioner compute HttpProvision "$PROVISION"
  local port
  for port in ${PORTS#* }; do provisioner "compute-$port" "HttpProvision-$port" "http://127.0.0.1:$port/connectors/provider/provision"; done
}

settle() { # settle NAME: takes what stands in NAME.new as its settings; a program that runs with others is stopped, to start anew
  cmp -s "$1" "$1.new" || stop "${1%%.*}.pid" 5
  mv "$1.new" "$1"
}

answers() { # answers ROLE PREFIX: readiness turns true seconds before the management API is mounted, so ask the API itself
  curl -sf --max-time 5 -X POST -H "x-api-key: $1-management-key" -H 'content-type: application/json' \
    -d '{"@context":{"@vocab":"https://w3id.org/edc/v0.0.1/ns/"},"@type":"QuerySpec"}' "http://localhost:${2}9193/management/v3/assets/request"
}

up() {
  mkdir -p "$RUN"; cd "$RUN"
  keys
  local role port events=("$EVENTS")
  for port in ${PORTS#* }; do events+=("http://127.0.0.1:$port/connectors/provider/events"); done
  printf '%s\n' $EVENTS_PORT "${events[@]}" >events.arguments.new; settle events.arguments
  properties provider 1 >provider.properties.new; settle provider.properties
  properties consumer 2 >consumer.properties.new; settle consumer.properties
  start events.pid events.log node "$HERE/events.mjs" $EVENTS_PORT "${events[@]}"
  for role in provider consumer; do
    start $role.pid $role.log java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dedc.fs.config=$role.properties -cp "$TB_DIR/edc/lib/*" org.eclipse.edc.boot.system.runtime.BaseRuntime
  done
  wait_for 60 "the provider's connector" "$RUN/provider.log" answers provider 1
  wait_for 60 "the consumer's connector" "$RUN/consumer.log" answers consumer 2
  echo "export EDC_PROVIDER_MANAGEMENT=http://localhost:19193/management EDC_PROVIDER_KEY=provider-management-key EDC_PROVIDER_PROTOCOL=http://localhost:19194/protocol"
  echo "export EDC_CONSUMER_MANAGEMENT=http://localhost:29193/management EDC_CONSUMER_KEY=consumer-management-key"
  echo "export TESTBED_PROVISION_PORT=${PORTS%% *} TESTBED_PROVISION_PORTS=${PORTS// /,}"
}
down() { stop "$RUN/provider.pid" 5; stop "$RUN/consumer.pid" 5; stop "$RUN/events.pid" 5; rm -rf "$RUN"; }

case ${1:-} in
  up) up ;;
  down) down ;;
  *) sed -n 2,11p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
