#!/usr/bin/env bash
# Sets up at the first call, then starts, shows and stops the whole system: up (the default), demo, status, stop, restart, logs.
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 1
source ./setup_environment.sh
setup_environment requirements.txt
exec .venv/bin/python -m mass_processing.system "$@"
