"""Keeps one PostgreSQL no longer than its parent: run as a process of its own, standard library only.

`python -I -S guard.py UID GID GRACE -- postgres …`; standard input is a pipe whose end is the order to
stop, so a killed parent stops the server too. A separate process, so that nothing runs between
fork and exec in a server with threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Run the command after `--` until it ends or the pipe does; return its exit status."""
    uid, gid, grace = int(arguments[0]), int(arguments[1]), float(arguments[2])
    command = arguments[4:]
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    guard = os.getpid()

    def before_exec() -> None:
        # What a shell started in the background has inherited would make it deaf to our last word.
        for number in (*_SIGNALS, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        if sys.platform == "linux":
            # A guard killed with -9 takes the server along, by a fast shutdown.
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
            if os.getppid() != guard:
                os._exit(1)

    postgres = subprocess.Popen(  # noqa: S603 - our own command line
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=before_exec,  # noqa: PLW1509 - this process has no other thread yet
        start_new_session=True,
    )
    threading.Thread(target=_stop_at_end_of_input, args=(postgres, grace), daemon=True).start()
    return postgres.wait() & 0xFF


def _stop_at_end_of_input(postgres: subprocess.Popen[bytes], grace: float) -> None:
    while os.read(0, 4096):
        pass
    # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for clients.
    postgres.send_signal(signal.SIGINT)
    try:
        postgres.wait(grace)
    except subprocess.TimeoutExpired:
        # After a killed backend the postmaster may ignore SIGINT; SIGQUIT is safe, it recovers.
        postgres.send_signal(signal.SIGQUIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
