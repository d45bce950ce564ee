"""What still runs of a system whose supervisord was killed, and how does it end?"""

import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

from mass_processing.embedded.layout import postgres_home
from mass_processing.settings import Settings
from mass_processing.system.programs import Program


def end_orphans(settings: Settings, wanted: Sequence[Program]) -> list[str]:
    """Ends the programs that no supervisord looks after any more, in its order; their names."""
    known = {program.name: program for program in wanted}
    left = [(process, known.get(name, Program(name, (), ""))) for name, process in _orphans(settings)]
    for group in ("work", "backend"):
        _end([(process, program) for process, program in left if program.group == group])
    return sorted(program.name for _, program in left)


def _orphans(settings: Settings) -> Iterator[tuple[str, psutil.Process]]:
    """(program, its first process)."""
    ours = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it ended meanwhile
            if name := _program_of(process, settings):
                ours[process.pid] = (name, process)
    for name, process in ours.values():
        with suppress(psutil.Error):  # it ended meanwhile
            if process.ppid() not in ours:
                yield name, process


def _program_of(process: psutil.Process, settings: Settings) -> str:
    """Which program of this system a process belongs to, or ""."""
    line = " ".join(process.cmdline())
    # These two don't keep the environment they were started with.
    if f"unixsocket:{settings.socket_dir}/redis.sock" in line:
        return "redis"
    if settings.embedded_postgres and f"-D {postgres_home(settings).data} " in line:
        return "postgres"
    # supervisord leaves its address with what it starts.
    environment = process.environ()
    ours = environment.get("SUPERVISOR_SERVER_URL") == f"unix://{settings.socket_dir}/supervisor.sock"
    return environment.get("SUPERVISOR_PROCESS_NAME", "") if ours else ""


def _end(found: Sequence[tuple[psutil.Process, Program]]) -> None:
    for process, program in found:
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            process.send_signal(signal.Signals[f"SIG{program.stop_signal}"])
    _, alive = psutil.wait_procs(
        [process for process, _ in found], timeout=max((program.stop_wait for _, program in found), default=0)
    )
    for process in alive:
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            for each in (*process.children(recursive=True), process):
                with suppress(psutil.NoSuchProcess):  # it ended meanwhile
                    each.kill()
