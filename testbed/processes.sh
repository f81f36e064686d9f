# shellcheck shell=bash
# Sourced by the other scripts: where things lie, and how long-running programs are started, waited for and stopped.
# Everything is under $TB_DIR: bin, images, edc/lib and containers are the cache; run/ is the state of what runs and goes with `down`.
export TB_DIR=${TB_DIR:-/var/tmp/compute-testbed}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
NODE_IP=${TB_NODE_IP:-10.245.0.1} # pods reach programs on this machine at this address

start_time() { # start_time PID: when that process started, so that a pid used again after a reboot is not taken for ours
  local stat; stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }; set -- $stat
  [ "$1" != Z ] && echo "${20}"
}

alive() { # alive PIDFILE: does the process written there still run?
  local pid since
  [ -s "$1" ] || return 1
  read -r pid since <"$1"
  [ "$(start_time "$pid")" = "$since" ]
}

start() { # start PIDFILE LOGFILE COMMAND...: runs it in the background in a session of its own, unless it runs already
  local pidfile=$1 logfile=$2 pid; shift 2
  alive "$pidfile" && return
  mkdir -p "$(dirname "$pidfile")" "$(dirname "$logfile")"
  # fd 9 is the lock of up.sh and down.sh, which must not live on in what they start
  setsid nohup "$@" >>"$logfile" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(start_time $pid)" >"$pidfile"
}

stop() { # stop PIDFILE [SECONDS]: asks, waits (15 s), then insists
  local pid since end=$((SECONDS + ${2:-15}))
  if alive "$1"; then
    read -r pid since <"$1"
    kill "$pid" 2>/dev/null || true
    while alive "$1" && [ $SECONDS -lt $end ]; do sleep 0.1; done
    if alive "$1"; then kill -9 "$pid" 2>/dev/null || true; while alive "$1"; do sleep 0.1; done; fi
  fi
  rm -f "$1"
}

wait_for() { # wait_for SECONDS WHAT LOGFILE COMMAND...: until the command succeeds
  local end=$((SECONDS + $1)) what=$2 logfile=$3; shift 3
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "testbed: $what did not come up; the end of $logfile:" >&2
      tail -n 15 "$logfile" >&2 || true
      exit 1
    fi
    sleep 0.2
  done
}

locked() { # locked [NAME]: waits until no other script that takes this lock is at work on the same $TB_DIR
  mkdir -p "$TB_DIR"
  exec 9>"$TB_DIR/${1:-lock}"
  flock 9
}
