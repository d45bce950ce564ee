"""Does a step get what it may read where it is there, and does one that never ends cost only itself?"""

import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from analyzers.contract import Inputs, Model, ModelInfo, Needs, Pass, Status
from analyzers.describe import describe, models_of
from analyzers.errors import Cancelled, Skipped
from analyzers.media import EVERY_FRAME, FLOWING
from analyzers.models import Device, ModelShelf
from analyzers.models.profiles import ModelLibrary
from analyzers.run import analyze_video
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import greys
from tests.analyzers.test_run import Answer, analyzer

#: What every lack of weights says here.
PULL = "the weights of yolo26n-seg are not here; run: bulk_processor.py models pull yolo26n-seg"


class Eye(Model):
    """A model whose weights would have to be fetched."""

    role = "detector"
    info = ModelInfo("eye", "1", "MIT")
    backend = "glass"

    @classmethod
    def load(cls, source):
        source.folder(cls)
        return cls()


def sightings(answer: Any = "seen", **needs: Any) -> type[Pass[Any]]:
    """A pass that answers `answer`: a value, or an exception to raise."""

    class Sightings(Pass[Any]):
        name = "sightings"

        def analyze(self, inputs: Inputs) -> Any:
            self.calls.append(inputs)
            if isinstance(answer, Exception):
                raise answer
            return answer

    Sightings.needs = Needs(**needs)
    Sightings.calls = []
    return Sightings


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", greys(25), fps=25)


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A folder with the weights of `Eye`."""
    folder = tmp_path / "models" / "yolo26n-seg"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    return folder.parent


@pytest.fixture
def analyse(clip, scratch, tmp_path):
    def analyse(*team, library=None, **options):
        shelf = ModelShelf(Device(), library or ModelLibrary(tmp_path / "empty", "cpu"))
        return analyze_video(clip, team, shelf, scratch=scratch, **options)

    return analyse


@pytest.fixture
def run(analyse):
    return lambda *team, **options: {each.analyzer: each for each in analyse(*team, **options).outcomes}


# --- passes ---
def test_a_pass_runs_once_for_all_that_read_it_and_is_told_apart_from_the_outcomes(analyse):
    pass_ = sightings(("a", "b"))
    readers = [analyzer(name, lambda inputs: Answer(inputs.result(pass_)), results=(pass_,)) for name in ("x", "y")]

    analysis = analyse(*readers)

    assert [outcome.result.value for outcome in analysis.outcomes] == [("a", "b")] * 2
    assert [outcome.analyzer for outcome in analysis.passes] == ["sightings"]
    assert len(pass_.calls) == 1


def test_an_analyzer_names_the_model_of_the_pass_it_read(run, models_dir):
    pass_ = sightings(models=(Eye,))
    reads = analyzer("reads", results=(pass_,))

    outcome = run(reads, library=ModelLibrary(models_dir, "cpu"))["reads"]

    assert (outcome.model, outcome.backend) == (Eye.info, "glass")


def test_without_its_weights_a_pass_makes_its_readers_unavailable_with_the_command(run):
    pass_ = sightings(models=(Eye,), frames=FLOWING)
    reads = analyzer("reads", results=(pass_,))
    reads_that = analyzer("reads that", results=(reads,))

    outcomes = run(reads, reads_that)

    assert [(each.status, each.reason) for each in outcomes.values()] == [(Status.UNAVAILABLE, PULL)] * 2
    assert pass_.calls == []


def test_views_that_only_blocked_steps_asked_for_are_not_decoded(run):
    asked = []
    pass_ = sightings(models=(Eye,), frames=FLOWING)
    looks = analyzer("looks", lambda inputs: asked.append(inputs.frames) or Answer(), frames=EVERY_FRAME)

    outcomes = run(looks, analyzer("reads", results=(pass_,)))

    assert outcomes["looks"].status == Status.OK
    assert len(asked) == 1


# --- what is read where it is there ---
def test_what_may_be_read_is_found_when_it_answered(run):
    first = analyzer("first", Answer("it"))
    reads = analyzer("reads", lambda inputs: Answer((inputs.find(first).value, inputs.lacks)), may_read=(first,))

    assert run(reads)["reads"].result.value == ("it", ())


@pytest.mark.parametrize(
    ("other", "lacks"),
    [
        (analyzer("other", Skipped("no speech")), ()),
        (analyzer("other", ValueError("broken")), ("other is failed: ValueError: broken",)),
        (analyzer("other", models=(Eye,)), (f"other is unavailable: {PULL}",)),
    ],
    ids=["nothing to look at is no lack", "a fault is a lack", "missing weights are a lack"],
)
def test_what_may_be_read_is_missing_with_its_reason(run, caplog, other, lacks):
    reads = analyzer("reads", lambda inputs: Answer((inputs.find(other), inputs.lacks)), may_read=(other,))

    outcome = run(reads)["reads"]

    assert outcome.status == Status.OK
    assert outcome.result.value == (None, lacks)


def test_a_model_that_may_be_used_is_found_or_missing_with_its_reason(run, models_dir):
    uses = analyzer(
        "uses", lambda inputs: Answer((type(inputs.find_model(Eye)).__name__, inputs.lacks)), may_use=(Eye,)
    )

    without, lacks = run(uses)["uses"].result.value
    found, nothing = run(uses, library=ModelLibrary(models_dir, "cpu"))["uses"].result.value

    assert (without, lacks) == ("NoneType", (PULL,))
    assert (found, nothing) == ("Eye", ())


def test_the_authors_words_reach_the_analyzers(run):
    reads = analyzer("reads", lambda inputs: Answer(inputs.caption))

    assert run(reads, caption="my #cat")["reads"].result.value == "my #cat"
    assert run(reads)["reads"].result.value == ""


# --- what never ends ---
@pytest.fixture
def hangs():
    """An analyzer that never ends while the test runs."""
    release = threading.Event()
    yield analyzer("hangs", lambda inputs: release.wait(60) and Answer())
    release.set()


def test_one_that_never_ends_fails_alone_and_is_named(analyse, hangs, caplog):
    reads = analyzer("reads", results=(hangs,))

    analysis = analyse(hangs, reads, analyzer("works"), analyzer("works too"), time_limit=-4.5, threads=1)

    outcomes = {each.analyzer: each for each in analysis.outcomes}
    assert outcomes["hangs"].status == Status.FAILED
    assert outcomes["hangs"].reason == "overran its time limit of 0 s"
    assert outcomes["reads"].status == Status.SKIPPED
    assert outcomes["works"].status == outcomes["works too"].status == Status.OK
    assert analysis.left_behind == ("hangs",)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_the_limit_grows_with_the_video(analyse, hangs, caplog):
    """The clip takes a second, so five are added."""
    started = threading.Event()
    threading.Timer(1.5, started.set).start()
    slow = analyzer("slow", lambda inputs: started.wait(30) and Answer())

    assert analyse(slow, time_limit=0.5).outcomes[0].status == Status.OK


def test_a_cancelled_analysis_does_not_wait_for_one_that_never_ends(analyse, hangs, caplog):
    with pytest.raises(Cancelled):
        analyse(hangs, time_limit=-4.5, cancelled=lambda: threading.active_count() > 1 and _runs("hangs"))


def _runs(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


# --- what can be said before any video is looked at ---
def test_an_analyzer_is_described_by_the_weights_that_are_here(tmp_path, models_dir):
    empty, full = ModelLibrary(tmp_path / "empty", "cpu"), ModelLibrary(models_dir, "cpu")
    pass_ = sightings(models=(Eye,))
    must, may = analyzer("must", results=(pass_,)), analyzer("may", may_read=(pass_,))

    assert (describe(must, empty).status, describe(must, empty).reason) == (Status.UNAVAILABLE, PULL)
    assert (describe(may, empty).status, describe(may, empty).reason) == (Status.DEGRADED, PULL)
    assert describe(must, full).status == describe(may, full).status == Status.OK
    assert [spec.name for spec in describe(must, full).models] == ["yolo26n-seg"]
    assert [spec.name for spec in describe(may, full).better_with] == ["yolo26n-seg"]


def test_what_an_analyzer_needs_counts_through_those_it_reads():
    eats = analyzer("eats", models=(Eye,))
    reads = analyzer("reads", results=(eats,))
    glances = analyzer("glances", may_read=(eats,))

    assert models_of(reads) == ((Eye,), ())
    assert models_of(glances) == ((), ())


def test_results_of_a_pass_need_no_json_form(analyse):
    pass_ = sightings(object())

    assert analyse(analyzer("reads", results=(pass_,))).passes[0].status == Status.OK
