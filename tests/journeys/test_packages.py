"""The npm packages, as somebody has them who installed them: built, packed, unpacked, used."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.guest import Guest, guests
from tests.support.node import REPOSITORY, node_path
from tests.support.server import RunningServer

WEB: Final = REPOSITORY / "web"
NAMES: Final = ("client", "editor", "widget", "react")

_CONSUMER: Final = """
import { type BlockChange, CollabProvider, DocumentsClient, type SaveState } from "@collab/client";
import { Credentials } from "@collab/client/credentials";
import type { DocumentInfo } from "@collab/client/documents";
import { ApiError } from "@collab/client/rest";
import { bindTextarea } from "@collab/client/textarea";
import { mountFrame } from "@collab/editor/frame";
import { mountEditor } from "@collab/editor";
import { jsonOf } from "@collab/editor/reading";
import { CollabEditor, type ReadyDetail } from "@collab/react";
import { CollabEditorElement } from "@collab/widget";
import { createElement, createRef } from "react";

const provider = new CollabProvider({ document: "d", url: "http://x", store: null });
const state: SaveState = provider.saveState;
const leave: () => void = bindTextarea(document.createElement("textarea"), provider.doc.getText());
const element: CollabEditorElement = document.createElement("collab-editor");
element.addEventListener("ready", ({ detail }) => detail.user.name.toUpperCase());
const ref = createRef<CollabEditorElement>();
createElement(CollabEditor, {
  document: "d",
  ref,
  className: "wide",
  tokenProvider: async () => "t",
  onReady: ({ detail }: { detail: ReadyDetail }) => detail.role satisfies string,
  onError: ({ detail }) => detail.message satisfies string,
});
// @ts-expect-error A component needs a document.
createElement(CollabEditor, {});
// @ts-expect-error No such mode.
createElement(CollabEditor, { document: "d", mode: "poetry" });
export type { BlockChange, DocumentInfo };
export { ApiError, Credentials, DocumentsClient, element, jsonOf, leave, mountEditor, mountFrame, state };
"""

_WRITER: Final = """
import { CollabProvider, DocumentsClient } from "@collab/client";

const url = process.argv[2];
const documents = new DocumentsClient({ server: url });
const seed = { format: "text", value: "Seed" };
const made = await documents.create({ title: "From Node", content: seed });
const provider = new CollabProvider({ document: made.id, url, auth: { name: "Node" } });
const once = (event, holds) =>
  new Promise((resolve) => {
    const leave = provider.on(event, (value) => holds(value) && resolve(leave()));
  });
await once("synced", (synced) => synced);
const saved = once("saved", () => true);
provider.doc.getText("text").insert(0, "written");
await saved;
const others = () => [...provider.users].filter(({ name }) => name !== "Node");
console.log(JSON.stringify({ id: made.id }));
if (others().length === 0) await once("users", () => others().length > 0);
await new Promise((resolve) => {
  provider.doc.on("update", () => {
    if (provider.doc.getText("text").toString() === "written, and read") resolve();
  });
});
const found = [];
for await (const { title } of documents.list({ search: "From" })) found.push(title);
const text = await documents.content(made.id, "text", { root: "text" });
const state = await documents.state(made.id);
const presence = (await documents.presence(made.id)).map(({ name }) => name).sort();
provider.destroy();
const { value } = text;
console.log(JSON.stringify({ found, value, bytes: state.update.length > 2, presence }));
"""

_RENDERER: Final = """
import * as client from "@collab/client";
import * as widget from "@collab/widget";
import { CollabEditor } from "@collab/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

const rendered = renderToString(createElement(CollabEditor, {
  document: "d",
  className: "wide",
  editable: false,
  token: "a secret",
  link: "another secret",
  tokenProvider: () => "a third secret",
  initialContent: "Not yet.",
  onReady: () => {},
}, "Loading…"));
console.log(JSON.stringify({
  client: typeof client.CollabProvider,
  element: typeof widget.CollabEditorElement,
  defined: widget.define(),
  rendered,
}));
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the packed packages are installed, beside those they need."""
    built, packed = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("packed")
    _npm("run", "build:packages", "--", "--out", str(built))
    _npm("pack", *(str(built / name) for name in NAMES), "--pack-destination", str(packed))
    folder = tmp_path_factory.mktemp("consumer")
    modules = folder / "node_modules"
    (modules / "@collab").mkdir(parents=True)
    for name in NAMES:
        with tarfile.open(packed / f"collab-{name}-0.1.0.tgz") as tarball:
            tarball.extractall(folder / "unpacked" / name, filter="data")
        (folder / "unpacked" / name / "package").rename(modules / "@collab" / name)
    for found in (WEB / "node_modules").iterdir():
        if found.name not in {"@collab", ".bin", ".package-lock.json", "react"}:
            (modules / found.name).symlink_to(found)
    # What renders has to be of the same installation as what is rendered.
    for name in ("react", "react-dom"):
        (modules / name).symlink_to(WEB / "examples" / "node_modules" / name)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def _npm(*arguments: str) -> None:
    """Run npm as `make` does; what it says is only of interest if it fails."""
    command = [sys.executable, str(WEB / "npm.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_package_says_what_it_is(installed: Path, name: str) -> None:
    """Every entry is there with its types, nobody is kept from publishing it, and no source is in it."""
    folder = installed / "node_modules" / "@collab" / name
    manifest: dict[str, Any] = json.loads((folder / "package.json").read_text())
    assert manifest["license"] == "MIT"
    assert not {"private", "devDependencies", "scripts"} & set(manifest)
    assert (folder / "LICENSE").is_file()
    assert f"# @collab/{name}\n" in (folder / "README.md").read_text()
    for entry in manifest["exports"].values():
        for path in entry.values() if isinstance(entry, dict) else [entry]:
            assert (folder / path).is_file(), path
    assert not [file for file in folder.rglob("*.ts") if not file.name.endswith(".d.ts")]
    scripts = [file.read_text() for file in folder.rglob("*.js")]
    assert scripts
    assert not any('.ts"' in script for script in scripts)


@pytest.mark.parametrize(
    ("module", "resolution"), [("esnext", "bundler"), ("nodenext", "nodenext")]
)
def test_types(installed: Path, tmp_path: Path, module: str, resolution: str) -> None:
    """A strict consumer's use of every package type-checks."""
    source = installed / f"consumer-{resolution}.ts"
    source.write_text(_CONSUMER)
    options = {
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "noEmit": True,
        "target": "es2022",
        "lib": ["es2023", "dom", "dom.iterable"],
        "module": module,
        "moduleResolution": resolution,
        "types": [],
        "skipLibCheck": False,
    }
    config = installed / f"tsconfig-{resolution}.json"
    config.write_text(json.dumps({"compilerOptions": options, "files": [source.name]}))
    tsc = WEB / "node_modules" / "typescript" / "bin" / "tsc"
    command = [node_path(), str(tsc), "-p", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_server_that_renders_pages(installed: Path) -> None:
    """Where there are no elements, nothing does harm; the component renders its tag, without secrets."""
    (installed / "renderer.mjs").write_text(_RENDERER)
    command = [node_path(), "renderer.mjs"]
    done = subprocess.run(command, cwd=installed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # Nothing that React would warn of.
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "client": "function",
        "element": "function",
        "defined": False,
        "rendered": '<collab-editor document="d" class="wide" editable="false">Loading…</collab-editor>',
    }


async def test_the_client_in_plain_node(installed: Path, server: RunningServer) -> None:
    """It makes a document, writes and reads with somebody else, and keeps no process alive after it."""
    (installed / "writer.mjs").write_text(_WRITER)
    child = await asyncio.create_subprocess_exec(
        *(node_path(), "writer.mjs", server.url),
        cwd=installed,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(30), guests(server.url, "ann") as (ann,):
            document = json.loads(await child.stdout.readline())["id"]
            seen = await _answered(ann, document, child.stdout)
            assert await child.wait() == 0
    finally:
        if child.returncode is None:
            child.kill()
    assert seen == {
        "found": ["From Node"],
        "value": "written, and read",
        "bytes": True,
        "presence": ["Node", "ann"],
    }


async def _answered(ann: Guest, document: str, output: asyncio.StreamReader) -> Any:
    await ann.join(document)
    await ann.reads("written")
    assert (await ann.type(document, ", and read"))["ok"]
    return json.loads(await output.readline())
