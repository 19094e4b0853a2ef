"""The process that reads one file: ``python -I child.py '{"kind": …}'``; see the package."""

import importlib
import json
import resource
import sys
import types
from pathlib import Path

TANKY = Path(__file__).parent.parent
MODULES = {"word": "word", "sheet": "sheets", "text": "texts", "paste": "pasted",
           "recording": "recordings"}  # fmt: skip


def main() -> None:
    asked = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu"], asked["cpu"] + 1))
    # The packages as folders alone: their own modules are what a worker serves with.
    for name in ("tanky", "tanky.reading"):
        package = types.ModuleType(name)
        package.__path__ = [str(TANKY.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    refused = importlib.import_module("tanky.reading.bounds").Refused
    reader = importlib.import_module(f"tanky.reading.{MODULES[asked['kind']]}")
    content = Path(asked["source"]).read_bytes()
    try:
        told = {"read": reader.read(content, Path(asked["folder"]), **asked["options"])}
    except refused as refusal:
        told = {"refused": str(refusal)}
    Path(asked["answer"]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
