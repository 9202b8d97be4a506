#!/bin/sh
# What `make test-fast` runs, in two processes: the tests of these folders, and all others.
set -eu
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3
these="tests/telegram tests/memory tests/tools"
ignored=$(printf -- '--ignore=%s ' $these)
said=$(mktemp)
trap 'rm -f "$said"' EXIT

fast() { .venv/bin/python -m pytest -p tests.fast -p no:cacheprovider -m "not slow" --disable-warnings "$@"; }

failed=0
fast $these >"$said" 2>&1 &
fast $ignored tests || failed=1
wait $! || failed=1
cat "$said"
exit $failed
