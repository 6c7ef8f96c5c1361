"""A private PostgreSQL as a child process: made on the first start, reused, watched, stopped with us.

Its socket lives in a folder only its user may enter; it listens on no network. It outlives neither
this process nor a crash of its own: `guard` ends it with us, `EmbeddedPostgres` starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final, Self
from urllib.parse import quote

from collab.errors import StartupError
from collab.store import guard
from collab.store.binaries import (
    Account,
    account_for,
    everyone_can_enter,
    find_binaries,
    major_version,
    reachable_binaries,
)
from collab.store.pool import ConnectionTarget, create_database, is_reachable

__all__ = ["EmbeddedPostgres"]

_log = logging.getLogger(__name__)

_DATABASE: Final = "collab"
_START_DEADLINE: Final = 90.0
_STOP_GRACE: Final = 10
_RESTART_PAUSE: Final = 0.5
_LONGEST_SOCKET_FOLDER: Final = 85
_SOCKET_LOCK: Final = ".s.PGSQL.5432.lock"
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_./+-]+")
_FRUGAL: Final = (
    "shared_buffers=64MB",
    "max_connections=100",
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "log_min_messages=warning",
)


class EmbeddedPostgres:
    """`await start()` gives a `ConnectionTarget`; `await stop()` ends the server. One per folder."""

    def __init__(self, data_dir: Path, *, settings: Sequence[str] = ()) -> None:
        self._data_dir = data_dir
        self._settings = tuple(settings)
        self._lock: IO[bytes] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._command: list[str] = []
        self._log_path = data_dir / "postgres.log"
        self._socket_dir = data_dir

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def target(self) -> ConnectionTarget:
        """Where the started server can be reached."""
        return ConnectionTarget(
            f"postgresql://postgres@/{_DATABASE}?host={quote(str(self._socket_dir))}"
        )

    @property
    def log_path(self) -> Path:
        """The file PostgreSQL writes its own log to."""
        return self._log_path

    async def start(self) -> ConnectionTarget:
        """Start the server (making it first if it is new) and return where it is.

        Raises `StartupError` with what to do; nothing is left running then.
        """
        try:
            await asyncio.to_thread(self._prepare)
            await self._launch()
            await self._await_reachable()
            await create_database(self.target, _DATABASE)
        except BaseException:
            await self.stop()
            raise
        self._supervisor = asyncio.create_task(self._supervise())
        return self.target

    async def beside(self) -> ConnectionTarget | None:
        """Return where another process's server of this folder answers; None if there is none."""
        place = (self._data_dir / f"pg{major_version(find_binaries())}").absolute()
        if not (place / "data").exists():
            return None
        self._socket_dir = _socket_folder(place, account_for(place))
        return self.target if await is_reachable(self.target) else None

    async def stop(self) -> None:
        """Stop the server by a fast shutdown (crash-safe in any case) and release the folder."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            await self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # --- before the start (in a thread: file work and initdb) ---

    def _prepare(self) -> None:
        binaries = find_binaries()
        version = major_version(binaries)
        place = self._claim(version)
        account = account_for(place)
        self._hand_over(place, account)
        binaries = reachable_binaries(binaries, place)
        data = place / "data"
        if not data.exists():
            _initialise(binaries, version, data, account)
        _drop_dead_locks(data, data / "postmaster.pid")
        self._check_version(data, version)
        self._socket_dir = _socket_folder(place, account)
        _drop_dead_locks(data, self._socket_dir / _SOCKET_LOCK)
        self._log_path = place / "postgres.log"
        settings = (*_FRUGAL, f"unix_socket_directories={self._socket_dir}", *self._settings)
        self._command = [
            *(sys.executable, "-I", "-S", str(Path(guard.__file__))),
            *(str(account.uid), str(account.gid), str(_STOP_GRACE), "--"),
            *(str(binaries / "postgres"), "-D", str(data)),
            *(part for setting in settings for part in ("-c", setting)),
        ]

    def _claim(self, version: int) -> Path:
        """Return the folder of this major version, locked for this process."""
        place = (self._data_dir / f"pg{version}").absolute()
        try:
            place.mkdir(parents=True, exist_ok=True)
            self._lock = (place / "lock").open("ab")
        except OSError as error:
            message = f"The data directory {self._data_dir} cannot be written ({error.strerror})."
            raise StartupError(f"{message[:-1]}; choose another with --data-dir.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = (
                f"The data directory {self._data_dir} is in use by another collab server; "
                "stop that one, or choose another with --data-dir."
            )
            raise StartupError(message) from None
        return place

    def _hand_over(self, place: Path, account: Account) -> None:
        """Give the folder to PostgreSQL's user, and to nobody else."""
        if os.geteuid() == 0:
            if not everyone_can_enter(place.parent):
                message = (
                    f"PostgreSQL gives up root's rights and cannot enter {place.parent}; choose "
                    "a directory open to it with --data-dir, for example /var/lib/collab."
                )
                raise StartupError(message)
            os.chown(place, account.uid, account.gid)
        place.chmod(0o700)

    def _check_version(self, data: Path, version: int) -> None:
        try:
            found = (data / "PG_VERSION").read_text().strip()
        except OSError as error:
            message = f"{data} is not a PostgreSQL data directory ({error.strerror})."
            raise StartupError(message) from None
        if found != str(version):
            message = f"{data} was made by PostgreSQL {found}, but {version} is installed."
            raise StartupError(message)

    # --- running ---

    async def _launch(self) -> None:
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            )

    async def _await_reachable(self) -> None:
        """Return when the server answers; start it again while old backends hold its memory."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_DEADLINE
        while not await is_reachable(self.target.with_database("postgres")):
            if loop.time() > deadline:
                message = f"The embedded PostgreSQL did not start; see {self._log_path}."
                raise StartupError(message)
            if self._process is not None and self._process.returncode is not None:
                await asyncio.sleep(0.3)
                await self._launch()
            await asyncio.sleep(0.02)

    async def _supervise(self) -> None:
        """Start the server again whenever it ends without having been asked to."""
        while self._process is not None:
            await self._process.wait()
            _log.warning("the embedded PostgreSQL ended", extra={"action": "restart_postgres"})
            try:
                await self._launch()
                await self._await_reachable()
            except (StartupError, OSError) as error:
                _log.warning(
                    "it does not start again; trying once more",
                    extra={"action": "restart_postgres", "reason": str(error)},
                )
                await asyncio.sleep(_RESTART_PAUSE)
            else:
                _log.info("it is back", extra={"action": "restart_postgres"})


def _initialise(binaries: Path, version: int, data: Path, account: Account) -> None:
    """Make a new database cluster; half-made ones are thrown away, never used."""
    for left_over in data.parent.glob("data.new*"):
        shutil.rmtree(left_over, ignore_errors=True)
    # A name of its own: the initdb of a killed server may still be at work on the last one.
    unfinished = data.with_name(f"data.new-{secrets.token_hex(4)}")
    if version >= 17:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale=C.UTF-8"]
    command = [
        *(str(binaries / "initdb"), "-D", str(unfinished), "-U", "postgres"),
        *("-A", "trust", "-E", "UTF8", "--data-checksums", *locale),
    ]
    is_root = os.geteuid() == 0
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        user=account.uid if is_root else None,
        group=account.gid if is_root else None,
        extra_groups=[] if is_root else None,
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        message = f"The embedded PostgreSQL cannot be set up ({lines[-1]}); set DATABASE_URL."
        raise StartupError(message)
    unfinished.rename(data)


def _drop_dead_locks(data: Path, file: Path) -> None:
    """Remove a lock file that names no server of `data`: PostgreSQL believes any living process.

    After a crash the number may belong to somebody else (in a container it often does), or the
    file may be empty; PostgreSQL would not start again then. Its shared memory is a second lock.
    """
    try:
        named = file.read_text().partition("\n")[0]
        at_work = Path(f"/proc/{abs(int(named))}/cwd").readlink() == data.resolve()
    except FileNotFoundError:
        at_work = not Path("/proc/self/cwd").exists()
    except ValueError:
        at_work = False
    except OSError:
        at_work = True
    if not at_work:
        file.unlink(missing_ok=True)


def _socket_folder(place: Path, account: Account) -> Path:
    """Return where the socket goes: `place`, or a private folder in /tmp if the path is unfit."""
    if len(str(place)) <= _LONGEST_SOCKET_FOLDER and _PLAIN_PATH.fullmatch(str(place)):
        return place
    name = hashlib.sha256(str(place).encode()).hexdigest()[:12]
    folder = Path(f"/tmp/collab-{account.uid}-{name}")  # noqa: S108 - checked below
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {account.uid, os.geteuid()}:
        message = f"{folder} belongs to somebody else; choose a shorter --data-dir."
        raise StartupError(message)
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder
