"""How is what the system works on made to fail: the disk, the clock, messages, videos, the site, the card?"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import redis

from mass_processing.errors import BackendAway
from mass_processing.records import JobFilter, Redo
from mass_processing.settings import PROJECT
from tests.chaos import faults
from tests.chaos.faults import Run
from tests.chaos.links import EXPECTED
from tests.standin.behaviours import Behaviour

_QUEUES = ("download", "gpu", "cpu", "system")
_SEPARATOR = "\x06\x16"
_FAKETIME = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
)


# --- F11: the disk
def mount_small_disk(folder: Path, megabytes: int = 64) -> str:
    """Puts the media on a small disk of their own; why not, or empty."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""


def can_mount() -> bool:
    """Whether this user may mount a small disk."""
    with tempfile.TemporaryDirectory() as folder:
        why_not = mount_small_disk(Path(folder))
        if not why_not:
            unmount(Path(folder))
        return not why_not


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


def f11_disk_full(run: Run, doses: int) -> None:
    """The disk is full at 1, 50 and 99 % of a file, until a few downloads hit it; a dose is a download that hit it."""
    media = run.system.settings.media_dir
    if not os.path.ismount(media):
        run.notes.append("F11: not run, no small disk could be mounted here")
        return
    while run.count("F11") < doses:
        size = len(run.site.clip)
        before = enospc(run)
        began = time.time()
        ballast = media / "ballast"
        with ballast.open("wb") as file:
            share = (0.01, 0.5, 0.99)[run.count("F11") % 3]
            fill(file.fileno(), media, leave=int(size * share))
        end = time.time() + 20
        while enospc(run) <= before and time.time() < end:
            time.sleep(0.1)
        ballast.unlink()
        hits = enospc(run) - before
        if not hits:
            run.notes.append("F11: no download met the full disk within 20 s")
            return
        for _ in range(hits):
            run.dosed("F11", began, f"{share:.0%}")
        time.sleep(0.3)


def fill(handle: int, folder: Path, leave: int) -> None:
    """Takes the free bytes of the disk of `folder` but `leave`, while others write there too."""
    while True:
        facts = os.statvfs(folder)
        length = facts.f_bavail * facts.f_bsize - leave
        if length <= 0:
            return
        with suppress(OSError):  # somebody took some of it meanwhile
            os.posix_fallocate(handle, 0, length)
            return


def enospc(run: Run) -> int:
    rows = run.system.rows(
        "select count(*) as n from job_events where note ilike %s or note ilike %s", "%no space%", "%disk%"
    )
    return int(rows[0]["n"])


# --- F12: clocks
def f12_clocks(run: Run, doses: int) -> None:
    """One worker ten minutes ahead or behind, an hour's step back, Redis a minute behind."""
    library = next((each for each in _FAKETIME if each.exists()), None)
    if library is None:
        run.notes.append("F12: not run, libfaketime is not installed (apt-get install faketime)")
        return
    shifts = (
        ("download_worker_1", "+600"), ("gpu_worker_0", "-600"), ("monitor_worker", "+600"), ("cpu_worker_1", "-3600"),
        ("redis", "-60"),
    )  # fmt: skip
    for number in range(doses):
        name, shift = shifts[number % len(shifts)]
        faked = {"LD_PRELOAD": str(library), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        for environment in (faked, {}):
            run.system.set_environment(name, environment)
            began = time.time()
            run.system.kill(name)
            time.sleep(6.0)
            run.dosed("F12", began, f"{name} {shift if environment else 'right again'}")


# --- F13, F14: messages
def f13_messages(run: Run, doses: int) -> None:
    """Messages of ended, running, waiting and unknown jobs, thrice, in any order."""
    ids = [row["id"] for row in run.system.rows("select id from processing_queue")]
    seed = run.random.randrange(1 << 30)
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.replay", str(doses), str(seed)],
        cwd=PROJECT,
        env=run.system.environment,
        input=json.dumps(ids),
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    end = time.time() + max(60, doses / 20)
    while messages(run) > 40 and time.time() < end:
        time.sleep(0.2)
    took = time.time() - began
    run.notes.append(f"F13: {doses} messages were worked off in {took:.0f} s, {1000 * took / doses:.1f} ms each")
    for _ in range(doses):
        run.dosed("F13", began)


def lists() -> list[str]:
    return [queue + (f"{_SEPARATOR}{step}" if step else "") for queue in _QUEUES for step in range(10)]


def messages(run: Run) -> int:
    with run.system.redis() as client:
        return sum(int(client.llen(name)) for name in lists())


def f14_dropped(run: Run, doses: int) -> None:
    """Takes messages out of the lists before a worker sees them."""
    end = time.time() + 120
    while run.count("F14") < doses and time.time() < end:
        began = time.time()
        with suppress(redis.RedisError), run.system.redis() as client:  # another fault has Redis
            for name in lists():
                if run.random.random() < 0.3 and client.rpop(name):
                    run.dosed("F14", began, name.split(_SEPARATOR)[0])
        time.sleep(run.random.uniform(0.1, 0.5))


# --- F15, F16: videos and the site
def f15_poison(run: Run, doses: int) -> None:
    """Videos that end, hang or fool their engine, among good ones."""
    kinds = ("segv", "kill", "loop", "gil", "nonsense")
    for number in range(doses):
        began = time.time()
        link = run.links.add_poison(kinds[number % len(kinds)], "F15")
        run.links.add_some(Behaviour.SUCCESS, 3, "F15")
        wait_for_end(run, link.video_id, 0.5)
        run.dosed("F15", began, kinds[number % len(kinds)])
    for behaviour in (Behaviour.MEDIA_EMPTY, Behaviour.MEDIA_GARBAGE):
        run.links.add_some(behaviour, 1, "F15")


def wait_for_end(run: Run, video_id: str, seconds: float) -> None:
    end = time.time() + seconds
    while time.time() < end:
        row = run.system.rows("select status from processing_queue where video_id = %s", video_id)[0]
        if row["status"] in ("completed", "failed"):
            return
        time.sleep(0.2)


def f16_site(run: Run, doses: int) -> None:
    """Every answer of the site that has a true end, and posts that are refused once with 429 and Retry-After."""
    refusals = [each for each in EXPECTED if each not in (Behaviour.SUCCESS, Behaviour.MINIMAL)]
    for number in range(doses):
        began = time.time()
        if number % 5 == 4:
            (link,) = run.links.new(Behaviour.SUCCESS)
            run.site.refuse_once.add(link.video_id.removeprefix("tiktok:"))
            run.links.add([link], "F16", EXPECTED[Behaviour.SUCCESS], 6)
            # A second refusal before a good download would pause the way for half a minute, and rightly so.
            wait_for_end(run, link.video_id, 90)
        else:
            run.links.add_some(refusals[number % len(refusals)], 1, "F16", 6)
        run.dosed("F16", began)
        time.sleep(0.4)


# --- F19, F20
def f19_urgent(run: Run, doses: int) -> None:
    """An urgent video into a backlog."""
    run.links.add_some(Behaviour.SUCCESS, 60, "F19", 1)
    for _ in range(doses):
        began = time.time()
        (link,) = run.links.add_some(Behaviour.SUCCESS, 1, "F19", 10)
        run.dosed("F19", began, link.video_id)
        time.sleep(run.seconds(10, 0.8))


def f20_no_card(run: Run, doses: int) -> None:
    """The engines can't start; the gpu worker says so, and the cpu worker takes its videos once it can."""
    refuse = run.system.places.engine / "refuse"
    for _ in range(doses):
        began = time.time()
        refuse.touch()
        for name in ("gpu_worker_0", "cpu_worker_1"):
            for pid in run.system.children(name):
                if Path(f"/proc/{pid}").exists():
                    os.kill(pid, 9)
        time.sleep(run.seconds(60, 3.0))
        refuse.unlink()
        run.dosed("F20", began)
        time.sleep(2.0)


# --- F22
def f22_reanalyses(run: Run, doses: int) -> None:
    """Completed videos are analysed again; their worker or its engine is killed meanwhile, or they are cancelled."""
    again = [Redo("quick", "2", ("quick",))]
    ways = (*(("gpu_worker_0", way) for way in ("worker", "engine")), ("cpu_worker_1", "worker"), ("", "cancelled"))
    end = time.time() + 120
    while run.count("F22") < doses and time.time() < end:
        name, what = ways[run.count("F22") % len(ways)]
        began = time.time()
        with suppress(BackendAway), run.system.store() as store:  # another fault has it
            chosen = JobFilter(video_ids=_some_completed(run, 6))
            if not chosen.video_ids or not store.reanalyze(chosen, again, force=True):
                time.sleep(0.2)
                continue
            time.sleep(run.random.uniform(0.0, 0.3))
            if what == "cancelled":
                store.cancel(chosen)
            elif what == "engine":
                for pid in run.system.children(name):
                    with suppress(ProcessLookupError):  # it ended meanwhile
                        os.kill(pid, signal.SIGKILL)
            else:
                run.system.kill(name)
            run.dosed("F22", began, what)
        time.sleep(run.seconds(10, 1.0))


def _some_completed(run: Run, number: int) -> tuple[str, ...]:
    """Ids of completed videos that the engine takes as they are; at most `number`."""
    poisoned = {path.name.replace("_", ":") for path in run.system.places.engine.iterdir()}
    rows = run.system.rows("select video_id from processing_queue where status = 'completed' order by random()")
    return tuple(row["video_id"] for row in rows if row["video_id"] not in poisoned)[:number]


# --- F21
def f21_soak(run: Run, minutes: int) -> None:
    """Kills, FLUSHALL and Postgres outages at random; notes how memory and descriptors of what was not killed moved."""
    end = time.time() + minutes * 60
    first = sizes(run)
    while time.time() < end:
        run.random.choice((faults.f2_kill_at_random, faults.f4_flushall, faults.f8_postgres_down))(run, 1)
        time.sleep(run.seconds(run.random.uniform(5, 30), 1.0))
    for name, (resident, descriptors) in sizes(run).items():
        before = first.get(name)
        if before:
            grown = (resident - before[0]) / 2**20
            run.notes.append(f"F21: {name} {grown:+.1f} MiB, {descriptors - before[1]:+d} descriptors")
    with run.system.redis() as client:
        run.notes.append(f"F21: Redis holds {client.info('memory')['used_memory_human']}")
    run.dosed("F21", time.time())


def sizes(run: Run) -> dict[str, tuple[int, int]]:
    """Resident bytes and open descriptors by program and process id."""
    found = {}
    for name, pid in run.system.processes_by_name().items():
        with suppress(OSError, StopIteration):  # it ended meanwhile
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
            found[f"{name} {pid}"] = (resident * 1024, len(os.listdir(f"/proc/{pid}/fd")))
    return found
