#!/usr/bin/env bash
# Names the parts of Data Plane Signaling that lie under $TB_DIR/dps, as `export NAME=value` lines; nothing where none lie there.
# They are put there by hand, since not every package registry holds them, and are run by the tests that want them:
#   edc-0.18.0/   the jars of EDC's controlplane-base-bom and iam-mock 0.18.0, with all they need          EDC18_LIB
#   tck-1.1.2/, tck-1.2.0/   the jars of org.eclipse.dataspacetck.dps:dps-tck, with all they need          DPS_TCK_1_1_2, DPS_TCK_1_2_0
#   schemas/      rc2/ and rc3/ with the specification's JSON Schemas, dsp/data-address-schema.json        DPS_SCHEMAS
# usage: dps.sh
set -euo pipefail
# shellcheck source=processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

named() { # named NAME FOLDER PATTERN: if the folder has such a file
  compgen -G "$TB_DIR/dps/$2/$3" >/dev/null || return 0
  echo "export $1=$TB_DIR/dps/$2"
}
named EDC18_LIB edc-0.18.0 '*.jar'
named DPS_TCK_1_1_2 tck-1.1.2 '*.jar'
named DPS_TCK_1_2_0 tck-1.2.0 '*.jar'
named DPS_SCHEMAS schemas 'rc3/*.json'
