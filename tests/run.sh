#!/bin/sh
# What `make test` runs after the linters: generated files up to date, then every test; or `sh tests/run.sh tests/web ...`.
set -eu
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3
# These load all processors themselves, and what they tell depends on time limits.
alone="tests/scale/test_faults.py tests/scale/test_widget.py"

.venv/bin/python -m bot.generate --check
[ -x /usr/bin/chromium ] || echo "Chromium is missing, the page's tests cannot run: apt-get install chromium" >&2
[ $# -eq 0 ] || exec .venv/bin/python -m pytest "$@"
# Once, before several processes would train it at a time.
.venv/bin/python -c "from bot.run.build import update; update()"
failed=0
# A whole file at a time, since its tests share servers. A machine that is too slow ends with a report instead of without one.
.venv/bin/python -m pytest --disable-warnings -n 2 --dist loadfile --no-loadscope-reorder --session-timeout 3000 $(printf -- '--ignore=%s ' $alone) || failed=1
.venv/bin/python -m pytest --disable-warnings --session-timeout 900 $alone || failed=1
exit $failed
