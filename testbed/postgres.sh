#!/usr/bin/env bash
# A real PostgreSQL 15 on this machine, which puts every commit on disk, as in production.
# usage: postgres.sh up | down
# `up` is idempotent and prints TESTBED_POSTGRES_URL, whose user may make databases. `down` removes the server with its data.
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
RUN=$TB_DIR/run/postgres
BIN=${TB_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
PORT=${TB_POSTGRES_PORT:-15432}
PASSWORD=testbed-postgres-secret

# The server refuses to run as root.
as() {
  setpriv --reuid postgres --regid "$(id -g postgres)" --clear-groups --no-new-privs \
    env -i PATH=/usr/bin:/bin HOME="$RUN" LC_ALL=C.UTF-8 "$@"
}

up() {
  [ -x "$BIN/postgres" ] || { echo "testbed: PostgreSQL 15 is not installed: $BIN/postgres is missing" >&2; exit 1; }
  mkdir -p "$RUN"
  chown postgres: "$RUN"
  chmod 700 "$RUN"
  if [ ! -f "$RUN/data/PG_VERSION" ]; then
    rm -rf "$RUN/data"
    printf %s "$PASSWORD" >"$RUN/password"
    chown postgres: "$RUN/password"
    as "$BIN/initdb" -D "$RUN/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 --pwfile="$RUN/password" \
      --no-sync --no-instructions -E UTF8 --locale=C.UTF-8 >"$RUN/initdb.log"
  fi
  start "$RUN/postgres.pid" "$RUN/postgres.log" \
    setpriv --reuid postgres --regid "$(id -g postgres)" --clear-groups --no-new-privs \
    env -i PATH=/usr/bin:/bin HOME="$RUN" LC_ALL=C.UTF-8 \
    "$BIN/postgres" -D "$RUN/data" -c listen_addresses=127.0.0.1 -p "$PORT" -c "unix_socket_directories=$RUN" -c max_connections=400
  wait_for 120 PostgreSQL "$RUN/postgres.log" as "$BIN/pg_isready" -q -h 127.0.0.1 -p "$PORT" -U postgres
  echo "export TESTBED_POSTGRES_URL=postgres://postgres:$PASSWORD@127.0.0.1:$PORT/postgres"
}
# The first signal asks for a "smart" shutdown, which waits for every client: a fast one is what `down` means.
down() {
  if alive "$RUN/postgres.pid"; then kill -INT "$(cut -d' ' -f1 "$RUN/postgres.pid")" 2>/dev/null || true; fi
  stop "$RUN/postgres.pid"
  rm -rf "$RUN"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) sed -n 2,4p "${BASH_SOURCE[0]}"; exit 2 ;;
esac
