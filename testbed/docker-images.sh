# shellcheck shell=bash
# Sourced by docker.sh: images in place of public ones that the compose demo is made of, from this machine's own programs, because nothing can
# be pulled: localhost/java:17 (a Java runtime, with curl), localhost/maven:3 (the same with Maven), localhost/minio:1 (MinIO, with curl).
COMPOSE_IMAGES=2 # raise the number when a recipe below changes

compose_images() {
  java_packages
  local java; java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
  from_files java:17 "$("$java/bin/java" -version 2>&1)" java_files "$java"
  from_files maven:3 "$(mvn -v 2>/dev/null)" maven_files "$java"
  from_files minio:1 "$(cat "$TB_DIR/bin/minio.version")" minio_files
}

java_packages() {
  local need=()
  command -v java >/dev/null || need+=(openjdk-17-jre-headless)
  command -v mvn >/dev/null || need+=(maven)
  [ ${#need[@]} -eq 0 ] && return
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
}

from_files() { # from_files NAME:TAG VERSION FUNCTION [ARGUMENTS]: the base image with what the function lays out in a folder and writes about it into a Dockerfile
  local name=localhost/$1 label work; shift
  label=$(printf '%s %s %s' "$COMPOSE_IMAGES" "$1" "$(image_id "$TB_DIR/images/node.tar")" | sha256sum | cut -c1-16); shift
  [ "$(docker image inspect -f '{{index .Config.Labels "made"}}' "$name" 2>/dev/null)" = "$label" ] && return
  echo "testbed: making $name" >&2
  work=$(mktemp -d); mkdir -p "$work/files"
  "$@" "$work/files" >"$work/more"
  { echo 'FROM localhost/node:24'; echo 'COPY files /'; cat "$work/more"; echo "LABEL made=$label"; } >"$work/Dockerfile"
  docker build -q -t "$name" "$work" >/dev/null
  rm -rf "$work"
}

program() { # program FILE FOLDER: a program or library, with the libraries that it needs, at their own paths
  local file
  { echo "$1"; ldd "$1" 2>/dev/null | grep -o '/[^ ]*' || true; } | sort -u | while read -r file; do
    [ -e "$2$file" ] || { mkdir -p "$2$(dirname "$file")"; cp -L "$file" "$2$file"; }
  done
}
tree() { # tree FOLDER PATH...: folders of this machine as they are, links and all
  local folder=$1; shift
  tar -c -C / --exclude=jmods --exclude=src.zip --exclude=man --exclude=docs "${@#/}" | tar -x -C "$folder"
}

java_files() { # java_files JAVA FOLDER
  local library
  tree "$2" "$1" /etc/java-17-openjdk /etc/ssl/certs/java # settings and trusted certificates lie there in Debian
  program /usr/bin/curl "$2"
  for library in "$1"/bin/java "$1"/lib/*.so "$1"/lib/server/libjvm.so; do
    case $library in *awt* | *atk* | *splashscreen* | *jsound* | *fontmanager*) ;; *) program "$library" "$2" ;; esac
  done
  echo "ENV JAVA_HOME=$1 PATH=$1/bin:/usr/local/bin:/usr/bin:/bin"
}
maven_files() { # maven_files JAVA FOLDER
  java_files "$@"
  tree "$2" /usr/share/maven /usr/share/java /etc/maven
  mkdir -p "$2/usr/bin" "$2/root"; ln -s ../share/maven/bin/mvn "$2/usr/bin/mvn"
  echo 'USER root'
}
minio_files() { # minio_files FOLDER
  program /usr/bin/curl "$1"
  mkdir -p "$1/usr/local/bin" "$1/data"; cp "$TB_DIR/bin/minio" "$1/usr/local/bin/minio"
  echo 'ENV PATH=/usr/local/bin:/usr/bin:/bin'
  printf '%s\n' 'ENTRYPOINT ["minio"]' 'USER root' 'VOLUME /data' # as the public image has them
}
