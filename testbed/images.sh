#!/usr/bin/env bash
# Packs the project's own images and makes them, with the base images, known to the node: the data sidecar from compiled JavaScript
# (localhost/dataspace-compute-sidecar:dev) and the service (localhost/dataspace-compute:dev), each example of config/assets by its Dockerfile (localhost/<folder>:1).
# What did not change since the last time is left as it is: about a second. usage: images.sh
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
# shellcheck source=image.sh
. "$HERE/image.sh"
PROJECT=$(dirname "$HERE")
BASE=localhost/node:24
locked images.lock
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT

hash_of() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum; cat "$TB_DIR/images/base.version"; echo "${2:-}") | sha256sum | cut -c1-16; }
unchanged() { [ -f "$TB_DIR/images/$1.tar" ] && [ "$(cat "$TB_DIR/images/$1.version" 2>/dev/null)" = "$2" ]; }

last_of() { sed -n "s/^$1 //p" "$PROJECT/Dockerfile" | tail -n 1; } # last_of INSTRUCTION: what it says in the service's stage

sidecar() { # as the Dockerfile of the project lays it out
  local name=dataspace-compute-sidecar hash
  if [ ! -f "$PROJECT/sidecar/main.ts" ] || [ ! -x "$PROJECT/node_modules/.bin/tsc" ]; then
    echo "testbed: no image of the data sidecar: it needs sidecar/main.ts and node_modules (npm ci)" >&2
    return 0
  fi
  (cd "$PROJECT" && node_modules/.bin/tsc -b sidecar) || echo "testbed: the data sidecar has type errors; packing it all the same" >&2
  (cd "$PROJECT" && node scripts/image-files.mjs "$WORK" sidecar 2>/dev/null) # npm's warnings about a user's own configuration
  rm "$WORK/sidecar/app/sbom.cdx.json" # it holds a new number each time
  hash=$(hash_of "$WORK/sidecar")
  unchanged $name "$hash" && return
  echo "testbed: packing $name:dev" >&2
  image $BASE "$WORK/sidecar" $name:dev --user 65532:65532 --entrypoint '["node","/app/dist/sidecar/main.js"]'
  echo "$hash" >"$TB_DIR/images/$name.version"
}

entrypoint() { # as the Dockerfile of the project lays it out
  local name=dataspace-compute hash start variables variable
  local environment=()
  if [ ! -f "$PROJECT/entrypoint/main.ts" ] || [ ! -x "$PROJECT/node_modules/.bin/tsc" ]; then
    echo "testbed: no image of the service: it needs entrypoint/main.ts and node_modules (npm ci)" >&2
    return 0
  fi
  (cd "$PROJECT" && node_modules/.bin/tsc -b core config k8s-client sidecar entrypoint cli demo && node scripts/copy-data.mjs) ||
    echo "testbed: the service has type errors; packing it all the same" >&2
  (cd "$PROJECT" && node scripts/image-files.mjs "$WORK" entrypoint 2>/dev/null)
  rm "$WORK/entrypoint/app/sbom.cdx.json" # it holds a new number each time
  start=$(last_of ENTRYPOINT) variables=$(last_of ENV)
  for variable in $variables; do environment+=(--env "$variable"); done
  hash=$(hash_of "$WORK/entrypoint" "$start $variables")
  unchanged $name "$hash" && return
  echo "testbed: packing $name:dev" >&2
  image $BASE "$WORK/entrypoint" $name:dev --user 65532:65532 --workingdir /data "${environment[@]}" --entrypoint "$start"
  echo "$hash" >"$TB_DIR/images/$name.version"
}

example() { # example FOLDER
  local name hash
  name=$(basename "$1"); hash=$(hash_of "$1")
  unchanged "$name" "$hash" && return
  echo "testbed: packing $name:1" >&2
  have_base $BASE
  builder build -q --isolation chroot --pull-never --build-arg NODE_IMAGE=$BASE --tag "localhost/$name:1" "$1" >/dev/null
  archive "$name:1"
  echo "$hash" >"$TB_DIR/images/$name.version"
}

sidecar
entrypoint
for dockerfile in "$PROJECT"/config/assets/*/Dockerfile; do
  [ -f "$dockerfile" ] && example "$(dirname "$dockerfile")"
done
builder rmi --prune --force >/dev/null 2>&1 || true # what the new ones replaced
"$HERE/cluster.sh" images "$TB_DIR"/images/*.tar
