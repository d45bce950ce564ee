"""How are the programs handed to supervisord, and how is it talked to?"""

import http.client
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mass_processing.errors import MassProcessingError, Refused
from mass_processing.settings import PROJECT, Settings, inherited_environment
from mass_processing.system.programs import Program

#: Bytes of one log file before it is rotated, and how many old ones are kept.
_LOG_BYTES = 10_000_000
_LOG_BACKUPS = 5
#: What a path may not hold: supervisord would take it for an expansion, a comment or the end of a string.
_ODD = frozenset('%;"\\\n')
#: Seconds supervisord may take to come up or to end.
_SUPERVISOR_SECONDS = 90.0


class SupervisorGone(MassProcessingError):
    """supervisord ended meanwhile: somebody else stopped the system."""


class Supervisor:
    """The supervisord of one var_dir. Once it ran, every call may raise SupervisorGone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._socket = settings.socket_dir / "supervisor.sock"
        self._pid_file = settings.var_dir / "run" / "supervisord.pid"
        self._configuration = settings.var_dir / "run" / "supervisord.conf"

    def running(self) -> bool:
        """Whether it answers."""
        try:
            self._call("getState")
        except (SupervisorGone, xmlrpc.client.Error):
            return False
        return True

    def start(self, programs: Sequence[Program]) -> None:
        """Starts supervisord with the programs known but not started. Raises: MassProcessingError."""
        knobs = self._settings
        for folder in (self._configuration.parent, knobs.socket_dir, knobs.log_dir, knobs.temp_dir):
            folder.mkdir(parents=True, exist_ok=True)
        self._settings.socket_dir.chmod(0o700)
        self._configuration.write_text(configuration(self._settings, programs, self._socket, self._pid_file))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        environment = inherited_environment()
        if self._settings.flower_basic_auth:
            environment["FLOWER_BASIC_AUTH"] = self._settings.flower_basic_auth
        started = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        if started.returncode or not _wait_until(self.running):
            said = (started.stderr or started.stdout).strip()
            raise MassProcessingError(
                f"supervisord did not start: {said or 'see supervisord.log in ' + str(self._settings.log_dir)}"
            )

    def start_programs(self, names: Sequence[str]) -> None:
        """Starts programs and waits until supervisord has seen them run. Raises: MassProcessingError."""
        for name in names:
            try:
                self._call("startProcess", name, False)
            except xmlrpc.client.Fault as fault:
                if "ALREADY_STARTED" not in fault.faultString:
                    raise MassProcessingError(f"{name} can't be started: {fault.faultString}") from fault

    def stop_programs(self, names: Sequence[str]) -> None:
        """Stops programs at the same time and waits until they ended."""
        for name in names:
            try:
                self._call("stopProcess", name, False)
            except xmlrpc.client.Fault as fault:
                if "NOT_RUNNING" not in fault.faultString:
                    raise MassProcessingError(f"{name} can't be stopped: {fault.faultString}") from fault
        waiting = set(names)
        _wait_until(lambda: not any(p["name"] in waiting and p["statename"] == "STOPPING" for p in self.processes()))

    def processes(self) -> list[dict[str, Any]]:
        """What supervisord says of every program: name, statename, pid, description, logfile."""
        answer = self._call("getAllProcessInfo")
        return list(answer)

    def shutdown(self) -> None:
        """Ends supervisord (its programs are stopped already)."""
        self._call("shutdown")
        self.wait_for_end()

    def wait_for_end(self) -> None:
        """Raises: MassProcessingError when supervisord does not end."""
        if not _wait_until(lambda: not self._pid_file.exists() and not self.running()):
            raise MassProcessingError(f"supervisord did not end; its pid is in {self._pid_file}")

    def _call(self, method: str, *arguments: Any) -> Any:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise SupervisorGone(f"the system was stopped meanwhile ({error})") from error
        except xmlrpc.client.Fault as fault:
            if "SHUTDOWN_STATE" in fault.faultString:
                raise SupervisorGone("the system is being stopped") from fault
            raise
        finally:
            transport.close()


def configuration(settings: Settings, programs: Sequence[Program], socket: Path, pid_file: Path) -> str:
    """The supervisord.conf of these programs. Raises: Refused for a folder whose name such a file can't hold."""
    for folder in (PROJECT, settings.var_dir, settings.log_dir):
        _check_name(folder)
    # By the process, not by $USER, which `su` leaves as it was: supervisord would become that user.
    user = "user=root" if os.geteuid() == 0 else ""
    parts = [
        f"""[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={settings.log_dir}/supervisord.log
logfile_maxbytes={_LOG_BYTES}
logfile_backups={_LOG_BACKUPS}
pidfile={pid_file}
directory={PROJECT}
minfds=1024
{user}
loglevel=info

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    ]
    parts.extend(_section(settings, program) for program in programs)
    return "\n".join(parts)


def _check_name(folder: Path) -> None:
    odd = sorted(set(str(folder)) & _ODD)
    if odd:
        raise Refused(
            f"the folder {str(folder)!r} has {' '.join(odd)} in its name, which supervisord can't take; move it"
        )


def _section(settings: Settings, program: Program) -> str:
    return f"""[program:{program.name}]
command={shlex.join(program.command)}
environment=PYTHONUNBUFFERED="1",PYTHONPATH="{PROJECT}",TMPDIR="{settings.temp_dir}"
autostart=false
autorestart=true
startsecs=1
startretries=1000000
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_wait}
killasgroup=true
redirect_stderr=true
stdout_logfile={settings.log_dir}/{program.log}
stdout_logfile_maxbytes={_LOG_BYTES}
stdout_logfile_backups={_LOG_BACKUPS}
"""


def _wait_until(happened: Any, seconds: float = _SUPERVISOR_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.1)
    return False
