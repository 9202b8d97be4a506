#!/bin/sh
# What `make test-fast` runs.
set -eu
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3
exec .venv/bin/python -m pytest -n 2 --dist loadfile -p tests.fast -p no:cacheprovider -m "not slow" --disable-warnings "$@"
