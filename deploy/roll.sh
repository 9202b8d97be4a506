#!/bin/sh
# A rolling change of version or model, on this machine: `sh deploy/roll.sh [RELEASE]` as root.
#
# With a release (a folder in /opt/albania-nato/releases/) it becomes the current one and its tables are made; without one
# the workers only start again, for new settings or a new model. One worker after the other: it finishes what is under way,
# starts anew and has to be ready before the next one stops. Stops at the first that does not get ready.
set -eu

home=${ALBANIA_NATO_HOME:-/opt/albania-nato}
settings=${ALBANIA_NATO_SETTINGS:-/etc/albania-nato/worker.env}
# Longest wait until a worker is ready, and for nginx to send it messages again (its fail_timeout, and a little).
ready_seconds=${READY_SECONDS:-180}
pause_seconds=${PAUSE_SECONDS:-5}

say() { printf '%s\n' "$*"; }
fail() { printf 'roll: %s\n' "$*" >&2; exit 1; }

host=$(sed -n 's/^HOST=//p' "$settings" | tail -n 1)
case ${host:-127.0.0.1} in 0.0.0.0) host=127.0.0.1 ;; esac
ready() { curl -fsS --max-time 10 -o /dev/null "http://${host:-127.0.0.1}:$1/readyz" 2>/dev/null; }

ports=$(systemctl list-units --plain --no-legend --state=active,activating,failed 'albania-nato-worker@*.service' |
    sed -n 's/.*albania-nato-worker@\([0-9]*\)\.service.*/\1/p')
[ -n "$ports" ] || fail "no worker runs here; start one: systemctl enable --now albania-nato-worker@5005."

before=$(readlink "$home/current" || true)
back="mend it and run this again"
if [ $# -gt 0 ]; then
    release=$(cd "$1" 2>/dev/null && pwd) || fail "there is no folder $1."
    [ -x "$release/.venv/bin/python" ] || fail "$release has no environment; run \`make setup-scale\` in it."
    [ -n "$(find "$release/models" -name '*.tar.gz' 2>/dev/null)" ] || fail "$release has no model; run \`make train\` in it, or copy models/."
    # By renaming, so that at no moment there is none.
    ln -sfn "$release" "$home/current.new" && mv -T "$home/current.new" "$home/current"
    [ -z "$before" ] || back="back to the version before: sh deploy/roll.sh $before"
    say "· tables ..."
    systemctl start albania-nato-migrate.service ||
        fail "the tables were not made, and no worker was restarted: journalctl -u albania-nato-migrate -n 50; $back."
fi

for port in $ports; do
    say "· worker $port: finishes and starts anew ..."
    began=$(date +%s)
    systemctl restart "albania-nato-worker@$port.service" ||
        fail "worker $port did not start, and no other was touched after it: journalctl -u albania-nato-worker@$port -n 50; $back."
    until ready "$port"; do
        [ $(($(date +%s) - began)) -lt "$ready_seconds" ] ||
            fail "worker $port is not ready after $ready_seconds s, and no other was touched after it: journalctl -u albania-nato-worker@$port -n 50; $back."
        sleep 1
    done
    say "· worker $port: ready after $(($(date +%s) - began)) s."
    sleep "$pause_seconds"
done
say "All workers of this machine are new."
