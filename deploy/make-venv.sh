#!/bin/sh
# Make a virtual environment with pip, also where the system's Python came without ensurepip, as
# Debian's and Ubuntu's do: there pip is fetched from PyPI, checked, and installed into it.
set -eu
python=$1
venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Tanky needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Try make PYTHON=python3.12" >&2
  exit 1
}
echo "Making the virtual environment…"
rm -rf "$venv"
if "$python" -c 'import ensurepip' 2>/dev/null; then
  exec "$python" -m venv "$venv"
fi

"$python" -m venv --without-pip "$venv"
wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT
"$venv/bin/python" - "$wheel" <<'PY'
import hashlib, json, pathlib, sys, urllib.parse, urllib.request

index = "https://pypi.org/pypi/pip/json"
with urllib.request.urlopen(index, timeout=60) as answer:
    files = json.load(answer)["urls"]
wheel = next(file for file in files if file["packagetype"] == "bdist_wheel")
# Mirrors of PyPI give addresses relative to the index.
with urllib.request.urlopen(urllib.parse.urljoin(index, wheel["url"]), timeout=120) as answer:
    content = answer.read()
if hashlib.sha256(content).hexdigest() != wheel["digests"]["sha256"]:
    sys.exit("pip's wheel does not have the checksum that PyPI gives for it")
pathlib.Path(sys.argv[1], wheel["filename"]).write_bytes(content)
PY
"$venv/bin/python" "$(echo "$wheel"/pip-*.whl)/pip" install --quiet --no-index "$wheel"/pip-*.whl
