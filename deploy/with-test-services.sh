#!/bin/sh
# Run a command with what the tests need beside Python: Chromium and PostgreSQL. What is missing is
# installed where that is allowed (root on a system with apt) and otherwise left out; the tests then
# say what they skip. A server started here listens on a free port, lives in a temporary folder and
# ends with the command.
set -u

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
install() {
  may_install || return 1
  echo "Installing $* for the tests…"
  if [ -z "${apt_updated:-}" ]; then apt-get update -qq >/dev/null 2>&1; apt_updated=1; fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}
has_chromium() {
  command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 ||
    command -v chromium-browser >/dev/null 2>&1
}
listens() { .venv/bin/python -c "import socket; socket.create_connection(('127.0.0.1', $1), 2)" 2>/dev/null; }

# Playwright's driver needs libatomic, which a bare system does not have.
has_chromium || install chromium-headless-shell fonts-noto-core libatomic1 ||
  install chromium fonts-noto-core libatomic1

folder=""
stop() {
  [ -n "$folder" ] || return 0
  su postgres -s /bin/sh -c "'$pg/pg_ctl' -D '$folder/data' -m immediate stop" >/dev/null 2>&1
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

if [ -z "${TANKY_TEST_POSTGRES_URL:-}" ] && ! listens 5432; then
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || install postgresql
  pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
  if [ -n "$pg" ] && [ "$(id -u)" = 0 ]; then
    folder=$(mktemp -d)
    chown postgres "$folder"
    port=$(.venv/bin/python -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
    su postgres -s /bin/sh -c "'$pg/initdb' -D '$folder/data' -A trust -E UTF8 --locale=C.UTF-8 &&
      '$pg/pg_ctl' -D '$folder/data' -w -o '-h 127.0.0.1 -p $port -k $folder -F' start" >/dev/null 2>&1 &&
      export TANKY_TEST_POSTGRES_URL="postgresql://postgres@127.0.0.1:$port/postgres"
  fi
fi

"$@"
