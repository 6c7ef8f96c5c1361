"""The command line: `collab serve`, `migrate`, `compact`, `import`, `doctor`, `token`, `key`, `version`."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from collab.access.roles import Role
from collab.access.signing import SigningKey, TokenRequest
from collab.app import CollabServer, compact, open_database, reach_database
from collab.config import AuthMode, LogFormat, Settings, read_settings
from collab.crdt.replica import Engine
from collab.diagnosis import Finding, examine
from collab.errors import CollabError
from collab.import_report import ImportLines
from collab.importing.foreign import Kind
from collab.importing.naming import Naming
from collab.maintenance import import_stores
from collab.store.keys import PostgresKeys
from collab.store.migrations import migrate
from collab.store.pool import Pool
from collab.telemetry.logs import configure_logging

__all__ = ["main"]

Command = TypeVar("Command", bound=Callable[..., Any])


def _database_options(command: Command) -> Command:
    for option in (
        click.option("--database-url", help="An external PostgreSQL (14 or newer)."),
        click.option(
            "--data-dir",
            type=click.Path(file_okay=False, path_type=Path),
            help="Where the embedded PostgreSQL keeps its files.",
        ),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Collaborative documents, durable before they are acknowledged.

    Every option is also read from the environment as COLLAB_…, for example COLLAB_PORT.
    """


@cli.command()
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (8080); 0 takes a free one.")
@_database_options
@click.option("--redis-url", help="Redis or Valkey, to run several servers (not in this version).")
@click.option("--auth", type=click.Choice([mode.value for mode in AuthMode]), help="none or jwt.")
@click.option(
    "--allow-anonymous",
    is_flag=True,
    default=None,
    help="Serve beyond this machine although nobody has to prove who they are.",
)
@click.option("--engine", type=click.Choice([e.value for e in Engine]), help="The merge engine.")
@click.option("--log-format", type=click.Choice([f.value for f in LogFormat]), help="text or json.")
def serve(**flags: object) -> None:
    """Run the server until SIGTERM or Ctrl-C; then flush everything and exit."""
    settings = _settings(**flags)
    _run(_serve(settings))


@cli.command("migrate")
@_database_options
def migrate_command(**flags: object) -> None:
    """Bring the database's schema up to date."""
    settings = _settings(**flags)

    async def run() -> None:
        async with AsyncExitStack() as stack:
            await migrate(await open_database(settings, stack))
        click.echo("The schema is up to date.")

    _run(run())


@cli.command("compact")
@click.option(
    "--keystrokes-days",
    type=float,
    help="Merge keystrokes older than this into stretches (30; 0: never).",
)
@click.option(
    "--stretches-days",
    type=float,
    help="Leave only versions of what is older than this (365; 0: never).",
)
@_database_options
def compact_command(**flags: object) -> None:
    """Forget old detail of the documents' history, as the server does by itself."""
    settings = _settings(**flags)
    steps = _run(compact(settings))
    click.echo("There was nothing to compact." if steps == 0 else f"Compacted in {steps} steps.")


@cli.command("import")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--from",
    "kind",
    type=click.Choice([kind.value for kind in Kind]),
    help="What the sources are, where they do not show it.",
)
@click.option("--as", "only", metavar="ID", help="The document to make of the one file given.")
@click.option(
    "--rename", "renames", metavar="FROM=TO", multiple=True, help="Take FROM in as TO; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Only read and check; change nothing.")
@_database_options
def import_command(
    *,
    sources: tuple[Path, ...],
    kind: str | None,
    only: str | None,
    renames: tuple[str, ...],
    dry_run: bool,
    **flags: object,
) -> None:
    """Take in what y-websocket, y-socket.io, Hocuspocus or pycrdt-websocket stored, or .yjs files.

    Sources are only read. What is there already is merged with: a second time changes nothing.
    """
    settings = _settings(**flags)
    lines = ImportLines(is_dry=dry_run)
    try:
        naming = Naming.of(renames, only)
        opened = lines.opened(sources, None if kind is None else Kind(kind), settings, only=only)
    except CollabError as error:
        raise click.ClickException(str(error)) from None
    if opened:
        _run(import_stores(settings, opened, naming, lines, is_dry=dry_run))
    if not lines.told_all(naming):
        sys.exit(1)


@cli.command()
@click.option("--host", help="Address the server would listen on.")
@click.option("--port", type=int, help="Port the server would listen on.")
@_database_options
def doctor(**flags: object) -> None:
    """Check what the server needs, and say what to do about what is missing."""
    settings = _settings(**flags)
    findings = _run(examine(settings))
    for finding in findings:
        _print(finding)
    if not all(finding.ok for finding in findings):
        sys.exit(1)
    click.echo("All is well.")


_ROLES: Final = {role.label: role for role in Role}
_DURATION: Final = re.compile(r"([0-9]{1,6})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_TOKEN: Final = timedelta(days=3_660)


@cli.command("token")
@click.option("--sub", required=True, help="Who it is for: the person's id.")
@click.option("--name", help="The name others see (the id).")
@click.option("--color", help="The colour others see, as #1d4ed8 (chosen).")
@click.option("--role", type=click.Choice(list(_ROLES)), help="The role in each --document.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    required=True,
    metavar="ID[=ROLE]",
    help="A document's id, or the beginning of ids and *; may be given more than once.",
)
@click.option("--expires", default="1h", help="How long it is good for: 90s, 30m, 1h, 7d (1h).")
@click.option(
    "--private-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A PEM file to sign with, instead of the secret in COLLAB_JWT_SECRET.",
)
@click.option("--algorithm", help="What to sign with, when the key allows several.")
@click.option("--key-id", help="The key's name in your key set (kid).")
def token_command(**said: Any) -> None:
    """Sign a token and print it; audience and issuer are those of COLLAB_JWT_…."""
    settings = _settings()
    now = datetime.now(UTC)
    try:
        key = _signing_key(settings, said["private_key"], said["algorithm"])
        request = TokenRequest(
            subject=said["sub"],
            roles=_roles(said["documents"], said["role"]),
            name=said["name"],
            color=said["color"],
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
        )
        expires_at = now + _duration(said["expires"])
        token = key.sign(request, issued_at=now, expires_at=expires_at, name=said["key_id"])
    except ValueError as error:
        raise click.ClickException(f"No token: {error}.") from None
    click.echo(token)


@cli.group("key")
def key_group() -> None:
    """Make, list and revoke API keys: what programs prove themselves with.

    A key may do everything the HTTP API offers.
    """


@key_group.command("create")
@click.argument("name")
@_database_options
def key_create(name: str, **flags: object) -> None:
    """Make an API key called NAME and print it: this once, for it is kept nowhere."""
    made = _with_keys(_settings(**flags), lambda keys: keys.make(name))
    click.echo(made.text)


@key_group.command("list")
@_database_options
def key_list(**flags: object) -> None:
    """List all API keys; not what they are, but what they are called."""
    for key in _with_keys(_settings(**flags), lambda keys: keys.list()):
        used = "never used" if key.used_at is None else f"last used {key.used_at:%Y-%m-%d %H:%M}"
        state = used if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        click.echo(f"{key.id}  made {key.created_at:%Y-%m-%d %H:%M}  {state}  {key.name}")


@key_group.command("revoke")
@click.argument("key")
@_database_options
def key_revoke(key: str, **flags: object) -> None:
    """Have the API key with the id KEY (see list) count no more, at once."""
    name = _with_keys(_settings(**flags), lambda keys: keys.revoke(key))
    click.echo(f"Revoked the API key {key} ({name}).")


@cli.command()
def version() -> None:
    """Print the version."""
    click.echo(package_version("collab"))


def main() -> None:
    """Run the command line; errors end it with one sentence and exit code 1."""
    cli()


async def _serve(settings: Settings) -> None:
    server = CollabServer(settings)
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    starting = asyncio.create_task(server.start())
    waiting = asyncio.create_task(asked_to_stop.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
    try:
        await starting
    except asyncio.CancelledError:
        return
    click.echo(f"collab is ready: {server.url}")
    await waiting
    await server.stop()


def _settings(**flags: object) -> Settings:
    try:
        settings = read_settings(**flags)
        configure_logging(as_json=settings.log_format is LogFormat.JSON, level=settings.log_level)
    except CollabError as error:
        raise click.ClickException(str(error)) from None
    except ValueError as error:
        raise click.ClickException(f"Bad setting log_level: {error}.") from None
    return settings


def _signing_key(settings: Settings, file: Path | None, algorithm: str | None) -> SigningKey:
    """Return what to sign with. Raises `ValueError`."""
    if algorithm is None and settings.jwt_algorithms is not None:
        algorithm = settings.jwt_algorithms[0]
    if file is not None:
        try:
            pem = file.read_text()
        except (OSError, ValueError):
            message = f"cannot read {file}; give a PEM file with a private key"
            raise ValueError(message) from None
        return SigningKey.of_pem(pem, algorithm)
    if settings.jwt_secret is None:
        message = "set COLLAB_JWT_SECRET to the server's secret, or give --private-key FILE"
        raise ValueError(message)
    return SigningKey.of_secret(settings.jwt_secret.get_secret_value(), algorithm)


def _roles(documents: tuple[str, ...], common: str | None) -> dict[str, Role]:
    """Return the roles of `ID[=ROLE]`, where `common` is the role unless given. Raises `ValueError`."""
    roles: dict[str, Role] = {}
    for document in documents:
        pattern, _, own = document.partition("=")
        label = own or common
        if label not in _ROLES:
            wanted = ", ".join(_ROLES)
            message = f"say which role in {pattern} with --role or {pattern}=ROLE: {wanted}"
            raise ValueError(message)
        roles[pattern] = max(_ROLES[label], roles.get(pattern, Role.VIEWER))
    return roles


def _duration(text: str) -> timedelta:
    """Return the duration `text` says. Raises `ValueError`."""
    found = _DURATION.fullmatch(text)
    seconds = int(found[1]) * _SECONDS[found[2]] if found is not None else 0
    if not 0 < seconds <= _LONGEST_TOKEN.total_seconds():
        message = f"{text!r} is no duration; write 90s, 30m, 1h or 7d, ten years at most"
        raise ValueError(message)
    return timedelta(seconds=seconds)


Result = TypeVar("Result")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` on the fastest loop there is; a `CollabError` becomes one sentence."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except CollabError as error:
        raise click.ClickException(str(error)) from None


def _with_keys(
    settings: Settings, work: Callable[[PostgresKeys], Coroutine[Any, Any, Result]]
) -> Result:
    """Do `work` on the table of API keys, whether a server runs or not."""

    async def run() -> Result:
        async with AsyncExitStack() as stack:
            target = await reach_database(settings, stack)
            await migrate(target)
            pool = await Pool.open(target)
            stack.push_async_callback(pool.close)
            return await work(PostgresKeys(pool))

    return _run(run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # not built for this platform
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _print(finding: Finding) -> None:
    mark = click.style("ok  ", fg="green") if finding.ok else click.style("FAIL", fg="red")
    click.echo(f"{mark}  {finding.name}: {finding.sentence}")
