"""How is each fault of the matrix inflicted? One function per fault; each notes its doses as it goes."""

import http.client
import json
import os
import random
import signal
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

import psycopg
import redis

from mass_processing.records import Link
from tests.chaos.evidence import Dose
from tests.chaos.links import COMPLETED, Links
from tests.chaos.observed import ObservedStandin
from tests.chaos.system import ChaosSystem
from tests.standin.behaviours import Behaviour

#: The points where a process can be made to die, by who comes by there.
DOWNLOAD_POINTS = ("D1", "D2", "D3", "D4", "D5", "D6", "D7")
ANALYSIS_POINTS = ("P1", "P2", "P3", "P4", "P5")
FEED_POINTS = ("B1", "B2")
ADD_POINTS = ("A1", "A2")


@dataclass(slots=True)
class Run:
    """What a fault has at hand."""

    system: ChaosSystem
    site: ObservedStandin
    links: Links
    random: random.Random
    doses: list[Dose] = field(default_factory=list)
    #: What was seen besides: longest exits, things that could not be done here.
    notes: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def dosed(self, fault: str, began: float, what: str = "", ended: float | None = None) -> None:
        with self.lock:
            self.doses.append(Dose(fault, began, ended or time.time(), what))

    def seconds(self, real: float, at_least: float = 0.0) -> float:
        """A span of the matrix, at the scale of the run."""
        return max(real / self.system.times.scale, at_least)

    def count(self, fault: str) -> int:
        with self.lock:
            return sum(dose.fault == fault for dose in self.doses)


Fault = Callable[[Run, int], None]


def together(*acts: Callable[[], None]) -> None:
    """Runs all of them side by side until each has ended. Raises: the first error."""
    errors: list[Exception] = []

    def guarded(act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  # it is raised below
            errors.append(error)

    threads = [Thread(target=guarded, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def some_worker(run: Run) -> str:
    return run.random.choice(run.system.names)


# --- F1: at a named point
def f1_at_each_point(run: Run, doses: int) -> None:
    """`doses` at each of the sixteen points."""

    def in_turn(points: tuple[str, ...], provoke: Callable[[str], None]) -> Callable[[], None]:
        def act() -> None:
            for _ in range(doses):
                for point in points:
                    arm(run, point, provoke)

        return act

    together(
        in_turn(DOWNLOAD_POINTS, lambda _: None),
        in_turn(ANALYSIS_POINTS, lambda _: None),
        in_turn(FEED_POINTS, lambda _: None),
        in_turn(ADD_POINTS, lambda point: add_and_die(run, point)),
    )


def arm(run: Run, point: str, provoke: Callable[[str], None], text: str = "", patience: float = 40.0) -> None:
    """Arms a point and waits until somebody died there."""
    file = run.system.places.faults / point
    began = time.time()
    file.write_text(text)
    provoke(point)
    while file.exists():
        if time.time() - began > patience:
            file.unlink(missing_ok=True)
            run.notes.append(f"{point}: nobody came by within {patience:g} s")
            return
        time.sleep(0.02)
    run.dosed("F1", time.time(), point)


def add_and_die(run: Run, point: str) -> None:
    """A1: the command line dies in its add; A2: the dashboard wrote and can't answer. Sent again, all are there."""
    links = run.links.new(Behaviour.SUCCESS, 3)
    end = time.time() + 60
    while not (typed(run, links) if point == "A1" else posted(run, links)):
        if time.time() > end:
            raise AssertionError(f"the links of {point} were never taken")
        time.sleep(0.3)
    run.links.accept(links, COMPLETED)


def typed(run: Run, links: Sequence[Link]) -> bool:
    """A long list, so that it goes in by COPY from its second chunk on: it repeats its few links."""
    lines = "\n".join([links[0].url] * 500 + [link.url for link in links] * 200)
    return run.system.command_line("add", "-f", "-", "-b", "F1", "-p", "6", stdin=lines).returncode == 0


def posted(run: Run, links: Sequence[Link]) -> bool:
    body = json.dumps({"urls": [link.url for link in links], "priority": 6, "batch": "F1"}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{run.system.port}/api/queue/add", data=body, headers={"Content-Type": "application/json"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=30) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


# --- processes
def f2_kill_at_random(run: Run, doses: int) -> None:
    for _ in range(doses):
        name = some_worker(run)
        children = run.system.children(name)
        began = time.time()
        if children and run.random.random() < 0.3:
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(run.random.choice(children), signal.SIGKILL)
        else:
            run.system.kill(name)
        run.dosed("F2", began, name)
        time.sleep(run.seconds(run.random.uniform(5, 20), 1.0))


def f3_zombies(run: Run, doses: int) -> None:
    """Stopped for three leases, then woken: what they write then must change nothing."""
    run.site.media_pause = 0.8
    while run.count("F3") < doses:
        for _ in range(3):
            run.links.add_poison("slow", "F3")
        time.sleep(1.0)
        began = time.time()
        zombies = {name: run.system.pid(name) for name in ("gpu_worker_0", "cpu_worker_1", "download_worker_1")}
        zombies |= {f"a child of the download worker, {pid}": pid for pid in run.system.children("download_worker_1")}
        send(signal.SIGSTOP, *zombies.values())
        time.sleep(run.system.times.lease * 3)
        send(signal.SIGCONT, *zombies.values())
        for name in zombies:
            run.dosed("F3", began, name)
        time.sleep(1.0)
    run.site.media_pause = 0.0


def send(number: signal.Signals, *pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it ended meanwhile
            os.kill(pid, number)


def f18_rolling_restart(run: Run, doses: int) -> None:
    names = [*run.system.names, "beat"]
    longest = 0.0
    for number in range(doses):
        name = names[number % len(names)]
        old = run.system.processes_by_name().get(name)
        began = time.time()
        run.system.signal(name, signal.SIGTERM)
        while old and Path(f"/proc/{old}").exists() and time.time() - began < 60:
            time.sleep(0.05)
        longest = max(longest, time.time() - began)
        run.dosed("F18", began, name)
        if longest > 30:
            run.notes.append(f"F18: {name} took {longest:.0f} s to end")
        time.sleep(run.seconds(60, 1.5))
    run.notes.append(f"F18: the slowest exit took {longest:.1f} s")


def f17_beats(run: Run, doses: int) -> None:
    """Two beats, beats killed in the middle of a tick, no beat at all."""
    run.system.start_program("beat_2")
    for number in range(doses):
        began = time.time()
        if number % 5 == 4:
            with run.system.shut("beat"), run.system.shut("beat_2"):
                run.system.kill("beat")
                run.system.kill("beat_2")
                time.sleep(run.seconds(120))
        else:
            run.system.kill(run.random.choice(("beat", "beat_2")))
        run.dosed("F17", began)
        time.sleep(run.random.uniform(0.5, 1.5))
    run.system.stop_program("beat_2")


# --- Redis
def f4_flushall(run: Run, doses: int) -> None:
    for _ in range(doses):
        began = time.time()
        with run.system.redis() as client:
            client.flushall()
        run.dosed("F4", began)
        time.sleep(run.seconds(30, 1.0))


def f5_redis_killed(run: Run, doses: int) -> None:
    """Comes back empty or from its append-only file after 1, 5 or 30 s."""
    for number in range(doses):
        began = time.time()
        away = run.seconds((1, 5, 30)[number // 2 % 3], 0.2)
        with run.system.shut("redis"):
            run.system.kill("redis")
            if number % 2:
                empty(run.system.settings.var_dir / "redis")
            time.sleep(away)
        wait_for_redis(run)
        run.dosed("F5", began, "empty" if number % 2 else "from its file")
        time.sleep(run.seconds(30, 1.5))


def empty(folder: Path) -> None:
    for file in [each for each in folder.rglob("*") if each.is_file()]:
        file.unlink(missing_ok=True)


def wait_for_redis(run: Run) -> None:
    end = time.time() + 60
    while time.time() < end:
        with run.system.redis() as client, suppress(redis.RedisError, OSError):  # not up yet
            client.ping()
            return
        time.sleep(0.05)


def f6_redis_ill(run: Run, doses: int) -> None:
    """Silent for 35 s, or cutting every connection."""
    for number in range(doses):
        began = time.time()
        if number % 4 == 0:
            run.system.signal("redis", signal.SIGSTOP)
            time.sleep(run.seconds(35, 2.0))
            run.system.signal("redis", signal.SIGCONT)
        else:
            with run.system.redis() as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        run.dosed("F6", began, "silent" if number % 4 == 0 else "connections cut")
        time.sleep(run.seconds(40, 2.0))


def f7_redis_refuses(run: Run, doses: int) -> None:
    """No memory, or too few replicas: Redis answers every write with an error."""
    for number in range(doses):
        name, bad, good = (("maxmemory", 1, 0), ("min-replicas-to-write", 1, 0))[number % 2]
        began = time.time()
        with run.system.redis() as client:
            client.config_set(name, bad)
            time.sleep(run.seconds(60 if run.system.times.scale == 1 else 30, 1.0))
            client.config_set(name, good)
        run.dosed("F7", began, name)
        # A worker that gave up on Redis starts anew; that takes seconds, which don't scale.
        time.sleep(run.seconds(20, 3.0))


# --- Postgres
def f8_postgres_down(run: Run, doses: int) -> None:
    """Killed, or stopped, for 0 to 5 s, and now and then for 30; where an API stands before it, that is killed too."""
    ways = [("killed", signal.SIGKILL), ("stopped", signal.SIGINT)]
    if run.system.over_supabase:
        ways.append(("API killed", None))
    for number in range(doses):
        began = time.time()
        away = run.seconds(30) if number % 5 == 4 else run.seconds(run.random.uniform(0, 5))
        what, ended_by = ways[number % len(ways)]
        if ended_by is None:
            with run.system.api_away():
                time.sleep(away)
        else:
            with run.system.shut("postgres"):
                run.system.signal("postgres", ended_by)
                time.sleep(away)
            run.system.rows("select 1")
        run.dosed("F8", began, what)
        time.sleep(run.seconds(run.random.uniform(5, 20), 1.0))


def f9_postgres_ill(run: Run, doses: int) -> None:
    """Every backend terminated, or the queue's table locked for 20 s."""
    for number in range(doses):
        began = time.time()
        with suppress(psycopg.OperationalError), run.system.database() as connection:  # our own line is cut too
            if number % 4 == 0:
                with connection.transaction():
                    connection.execute("lock table processing_queue in access exclusive mode")
                    time.sleep(run.seconds(20))
            else:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mass-processing'"
                )
        run.dosed("F9", began, "locked" if number % 4 == 0 else "terminated")
        time.sleep(run.seconds(20, 1.5))


def f10_reply_lost(run: Run, doses: int) -> None:
    """The commit is sent and done, and the line is cut before the reply."""
    functions = ("claim_job", "finish_download", "finish_analysis", "announce_jobs", "renew_leases", "report_worker")
    for number in range(doses):
        function = functions[number % len(functions)]
        if function == "renew_leases":
            run.links.add_poison("slow", "F10")
        cut, end = len(run.system.proxy.cut), time.time() + 10
        run.system.proxy.arm(function)
        while len(run.system.proxy.cut) == cut and time.time() < end:
            time.sleep(0.02)
        if len(run.system.proxy.cut) > cut:
            run.dosed("F10", time.time(), function)
        else:
            run.notes.append(f"F10: {function} was not called within 10 s")
            run.system.proxy.disarm()
        time.sleep(0.3)
