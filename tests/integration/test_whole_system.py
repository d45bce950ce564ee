"""The main job, end to end: links go in at the command line, and come out as states, files, rows and pages."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mass_processing.settings import PROJECT, inherited_environment
from tests.integration.running_system import RunningSystem, wait_for
from tests.standin.behaviours import Behaviour, post_id, post_url
from tests.standin.server import TikTokStandin

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

Jobs = dict[str, dict[str, Any]]

#: What the user adds, and how it must end: (state, class).
EXPECTED = {
    Behaviour.SUCCESS: ("completed", None),
    Behaviour.UNSTEADY: ("completed", None),
    Behaviour.PRIVATE: ("failed", "auth_needed"),
    Behaviour.PAGE_404: ("failed", "permanent"),
    Behaviour.SLIDESHOW: ("failed", "unsupported"),
    Behaviour.SERVER_ERROR: ("failed", "transient"),
    Behaviour.MEDIA_GARBAGE: ("failed", "invalid_media"),
}


@pytest.fixture(scope="module")
def ended(system: RunningSystem, media_server: str, videos: Path) -> Jobs:
    """All jobs after a list was added and worked through."""
    links = [post_url(behaviour) for behaviour in EXPECTED]
    links += [f"http://{media_server}/good.mp4", f"http://{media_server}/text.mp4", str(videos / "text.mp4")]
    added = system.bulk_processor("add", "-f", "-", "-b", "all", stdin="\n".join(links))
    assert added.returncode == 0, added.stderr
    system.wait_until_done(300)
    return system.jobs()


@pytest.mark.parametrize("behaviour", EXPECTED, ids=lambda behaviour: behaviour.name.lower())
def test_every_post_ends_in_its_state_and_class(ended: Jobs, behaviour: Behaviour) -> None:
    row = ended[f"tiktok:{post_id(behaviour)}"]
    assert (row["status"], row["failure_class"]) == EXPECTED[behaviour], row["reason"]


def test_a_private_post_is_asked_for_once(ended: Jobs, standin: TikTokStandin) -> None:
    asked = [request for request in standin.asked if post_id(Behaviour.PRIVATE) in request.path]
    assert len(asked) == 1


def test_direct_media_files_and_local_files_end_like_everything_else(ended: Jobs) -> None:
    by_url = {Path(row["url"]).name + "/" + row["video_id"].split(":")[0]: row for row in ended.values()}
    states = {name: by_url[name]["status"] for name in ("good.mp4/url", "text.mp4/url", "text.mp4/file")}
    assert states == {"good.mp4/url": "completed", "text.mp4/url": "failed", "text.mp4/file": "failed"}
    assert by_url["text.mp4/file"]["failure_class"] == "invalid_media"


def test_a_completed_video_has_a_result_file_with_no_failed_analyzer(ended: Jobs, system: RunningSystem) -> None:
    video = system.show(f"tiktok:{post_id(Behaviour.SUCCESS)}")
    document = json.loads(Path(video["results_file"]).read_text())
    statuses = {name: outcome["status"] for name, outcome in document["analyzer_results"].items()}
    assert "failed" not in statuses.values(), statuses
    assert document["metadata"]["total_analyzers"] == len(statuses)


def test_nothing_is_left_of_failed_downloads(ended: Jobs, system: RunningSystem) -> None:
    attempts = system.settings.media_dir / "attempts"
    # Those of processes that were killed go with the next look of `reconcile`.
    wait_for(lambda: not attempts.exists() or not list(attempts.iterdir()), 30, "an empty folder of attempts")


def test_the_same_post_under_other_forms_is_already_known(ended: Jobs, system: RunningSystem) -> None:
    post = post_id(Behaviour.SUCCESS)
    forms = [
        f"https://www.tiktok.com/@tester/video/{post}?lang=en",
        f"https://m.tiktok.com/v/{post}.html",
        f"tiktok.com/@somebody.else/video/{post}",
        f"https://www.tiktok.com/embed/v2/{post}",
        post,
    ]
    report = json.loads(system.bulk_processor("add", "--json", "-f", "-", stdin="\n".join(forms)).stdout)
    assert (report["added"], report["known"]) == (0, 5)


def test_bad_lines_are_named_and_the_good_ones_go_in(system: RunningSystem, videos: Path) -> None:
    lines = [
        str(videos / "good.mp4"),
        "http://unknown.example/a.mp4",
        "http://10.0.0.1/a.mp4",
        "/etc/passwd",
        str(videos / "empty.mp4"),
    ]
    done = system.bulk_processor("add", "-f", "-", stdin="\n".join(lines))
    assert done.returncode == 3
    for number in (2, 3, 4, 5):
        assert f"stdin:{number}: refused: " in done.stderr


def test_the_api_waits_and_answers_what_users_scripts_read(system: RunningSystem, videos: Path) -> None:
    status, answer = system.http("API_PORT", "/analyze", {"video_path": str(videos / "good.mp4")})
    assert status == 200, answer
    wanted = {"successful_analyzers", "total_analyzers", "results_file", "processing_time", "realtime_factor"}
    assert wanted <= answer.keys()


def test_the_api_refuses_what_is_outside_the_roots(system: RunningSystem) -> None:
    status, answer = system.http("API_PORT", "/analyze", {"video_path": "/etc/passwd"})
    assert (status, "MEDIA_ROOTS" in json.dumps(answer)) == (403, True)


def test_both_faces_are_healthy(system: RunningSystem) -> None:
    answers = [system.http(port, "/health")[1]["status"] for port in ("API_PORT", "DASHBOARD_PORT")]
    assert answers == ["healthy", "healthy"]


def test_the_dashboard_counts_what_the_command_line_counts(ended: Jobs, system: RunningSystem) -> None:
    assert system.http("DASHBOARD_PORT", "/api/metrics")[1]["jobs"] == system.status()["jobs"]


@pytest.mark.parametrize("app", ["mass_processing.celery_config", "celery_config"])
def test_celery_finds_its_workers_by_both_names(system: RunningSystem, app: str) -> None:
    command = [sys.executable, "-m", "celery", "-A", app, "inspect", "active", "--timeout", "10"]
    environment = inherited_environment() | dict(system.environment)
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert "5 nodes online" in done.stdout or "4 nodes online" in done.stdout, done.stdout + done.stderr


def test_a_killed_worker_comes_back_and_its_video_completes(system: RunningSystem, videos: Path) -> None:
    workers = [pid for pid, command in system.processes().items() if "worker -n cpu" in command]
    added = system.bulk_processor("process-now", str(videos / "good.mp4"), "--again")
    assert added.returncode == 0, added.stderr
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    assert system.wait_until_done(120)["jobs"]["processing"] == 0
    rows = {Path(row["url"]).name: row for row in system.jobs().values() if row["video_id"].startswith("file:")}
    assert rows["good.mp4"]["status"] == "completed"
    assert not set(workers) & system.processes().keys()


def test_an_urgent_video_overtakes_a_backlog(system: RunningSystem) -> None:
    backlog = "\n".join(post_url(Behaviour.SLOW, serial) for serial in range(40))
    assert system.bulk_processor("add", "-f", "-", "-b", "backlog", stdin=backlog).returncode == 0
    urgent = system.bulk_processor("process-now", post_url(Behaviour.SUCCESS, 1), "-m")
    waiting = system.counts("backlog")["pending"]
    assert (urgent.returncode, waiting > 0) == (0, True), urgent.stderr
    assert system.bulk_processor("cancel", "--batch", "backlog").returncode == 0
    system.wait_until_done(60)


def test_redis_and_postgres_killed_in_the_middle_cost_no_video(system: RunningSystem, videos: Path) -> None:
    folder = videos / "many"
    folder.mkdir()
    for number in range(8):
        # An unknown box at the end, which players skip, makes each a video of its own.
        (folder / f"{number}.mp4").write_bytes((videos / "good.mp4").read_bytes() + b"\0\0\0\x0cfree%04d" % number)
    links = "\n".join(post_url(Behaviour.SUCCESS, serial) for serial in range(10, 18))
    servers = [system.pid(name) for name in ("redis", "postgres")]
    assert system.bulk_processor("process-dir", str(folder), "-b", "killed").returncode == 0
    assert system.bulk_processor("add", "-f", "-", "-b", "killed", stdin=links).returncode == 0
    for pid in servers:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: system.counts("killed").get("completed") == 16, 120, f"16 videos: {system.counts('killed')}")
    assert not set(servers) & {system.pid(name) for name in ("redis", "postgres")}


def test_a_second_up_finds_everything_running(system: RunningSystem) -> None:
    before = {pid for pid, command in system.processes().items() if "supervisord" in command}
    done = system.start_workers("up")
    assert (done.returncode, "running already" in done.stderr) == (0, True)
    assert before == {pid for pid, command in system.processes().items() if "supervisord" in command}


def test_a_second_system_on_a_taken_port_says_which(system: RunningSystem, tmp_path: Path) -> None:
    other = RunningSystem({**system.environment, "VAR_DIR": str(tmp_path / "var")}, system.ports)
    done = other.start_workers("up")
    assert done.returncode == 1
    assert f"port {system.ports['DASHBOARD_PORT']} on 127.0.0.1 is taken; set DASHBOARD_PORT" in done.stderr


def test_stop_leaves_nothing_behind_and_the_next_start_finds_its_queue(system: RunningSystem) -> None:
    jobs = system.status()["jobs"]
    assert system.start_workers("stop").returncode == 0
    assert system.processes() == {}
    assert not list(system.settings.socket_dir.glob("*")) if system.settings.socket_dir.exists() else True
    assert system.start_workers("up").returncode == 0
    wait_for(lambda: system.status()["jobs"] == jobs, 10, "the same counts as before")
