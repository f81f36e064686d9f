# shellcheck shell=bash
# Sourced by build.sh and images.sh: packs folders as container images, without an engine and without a registry.
# A Docker client that is configured (DOCKER_CONFIG) is none of its business.
builder() { env -u DOCKER_CONFIG buildah --root "$TB_DIR/containers/root" --runroot "$TB_DIR/containers/run" "$@"; }

have_base() { # have_base localhost/NAME:TAG: takes a base image from its archive, where the builder does not know it
  local name=${1#localhost/}
  builder inspect --type image "$1" >/dev/null 2>&1 || builder pull -q "docker-archive:$TB_DIR/images/${name%%:*}.tar" >/dev/null
}

archive() { # archive NAME:TAG: writes the image localhost/NAME:TAG to $TB_DIR/images/NAME.tar
  local tar="$TB_DIR/images/${1%%:*}.tar"
  rm -f "$tar"
  builder push -q "localhost/$1" "docker-archive:$tar:localhost/$1"
}

image() { # image BASE FOLDER NAME:TAG [buildah config arguments]: BASE with the folder laid over /
  local base=$1 folder=$2 name=$3 container; shift 3
  [ "$base" = scratch ] || have_base "$base"
  container=$(builder from --pull-never "$base")
  builder copy -q "$container" "$folder" / >/dev/null
  builder config --env PATH=/usr/local/bin:/bin "$@" "$container"
  builder commit -q --rm "$container" "localhost/$name" >/dev/null
  archive "$name"
}
