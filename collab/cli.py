"""The command line: `collab serve`, `migrate`, `compact`, `doctor`, `version`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, TypeVar

import click

from collab.app import CollabServer, compact, open_database
from collab.config import AuthMode, LogFormat, Settings, read_settings
from collab.crdt.replica import Engine
from collab.diagnosis import Finding, examine
from collab.errors import CollabError
from collab.store.migrations import migrate
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


Result = TypeVar("Result")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` on the fastest loop there is; a `CollabError` becomes one sentence."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except CollabError as error:
        raise click.ClickException(str(error)) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # not built for this platform
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _print(finding: Finding) -> None:
    mark = click.style("ok  ", fg="green") if finding.ok else click.style("FAIL", fg="red")
    click.echo(f"{mark}  {finding.name}: {finding.sentence}")
