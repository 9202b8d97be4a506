#!/bin/sh
# What `make test` runs after the linters: generated files up to date, then every test.
set -eu
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3
.venv/bin/python -m bot.generate --check
[ -x /usr/bin/chromium ] || echo "Chromium is missing, the page's tests cannot run: apt-get install chromium" >&2
# A machine that is too slow ends with a report instead of without one.
exec .venv/bin/python -m pytest --disable-warnings --session-timeout 4800 "$@"
