"""Do all analyzers answer where all weights are, and does a fault in one of them cost only itself?

Every one of them is tried with each kind of fault. The steps that read from it run for real, without it; what all
others answer was recorded in one real run. The weights are small and randomly initialised.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyzers.catalog import ANALYZERS
from analyzers.contract import Analyzer, Outcome, Status, Step
from analyzers.models import Device, ModelShelf
from analyzers.run import Analysis, analyze_video, with_dependencies
from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, speech_like
from tests.analyzers.models.all_checkpoints import build_all
from tests.analyzers.picture.scenes import look, world
from tests.analyzers.picture.stills import lettered

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

TEAM = with_dependencies(ANALYZERS)
#: Seconds.
SPEECH, MUSIC, SHOT = 3.0, 3.0, 1.0
FPS, SIZE = 10, (320, 180)
CAPTION = "follow me for part 2 #cooking #recipe"
#: Seconds that a step may take while another one hangs; all others answer at once then.
LIMIT = 1.0

each = pytest.mark.parametrize("analyzer", ANALYZERS, ids=lambda analyzer: analyzer.name)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six shots of a second with text, cut on the beat; someone speaks, then music plays."""
    pictures = [
        lettered(look(world(int(second), 90, span=3.0), SIZE, x=0.1 * (second % 1)), "Wait for it", (90, 240), 24)
        for second in np.arange(0, SPEECH + MUSIC, 1 / FPS)
    ]
    sound = np.concatenate([speech_like(SPEECH), beat(MUSIC, 120)]).astype(np.float32)
    return write_clip(tmp_path_factory.mktemp("every") / "clip.mp4", pictures, fps=FPS, sound=sound)


@pytest.fixture(scope="module")
def analyse(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Analysis]:
    """All analyzers on the clip, with all weights."""
    folder = tmp_path_factory.mktemp("models")
    shelf = ModelShelf(Device(threads=2), build_all(folder))

    def analyse(**options: Any) -> Analysis:
        return analyze_video(clip, ANALYZERS, shelf, scratch=folder / "scratch", caption=CAPTION, **options)

    return analyse


@pytest.fixture(scope="module")
def recorded(analyse) -> Iterator[dict[type[Step[Any]], Any]]:
    """What each step answered or raised in a real run; "outcomes" holds how the analyzers ended."""
    answers: dict[Any, Any] = {}

    def recording(step: type[Step[Any]]) -> Callable[..., Any]:
        really = step.analyze

        def analyze(self: Step[Any], inputs: Any) -> Any:
            try:
                answers[step] = really(self, inputs)
            except Exception as error:
                answers[step] = error
                raise
            return answers[step]

        return analyze

    with pytest.MonkeyPatch.context() as patch:
        for step in TEAM:
            patch.setattr(step, "analyze", recording(step))
        answers["outcomes"] = by_name(analyse())
    return answers


def by_name(analysis: Analysis) -> dict[str, Outcome]:
    return {outcome.analyzer: outcome for outcome in analysis.outcomes}


@pytest.fixture
def inject(recorded, monkeypatch) -> Callable[..., None]:
    """`inject(analyzer, fault)`: the fault instead of its answer, its readers for real, the others as recorded.

    With `readers=False` those answer as recorded too.
    """

    def replay(answer: Any) -> Callable[..., Any]:
        def analyze(self: Step[Any], inputs: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return analyze

    def inject(analyzer: type[Analyzer[Any]], fault: Callable[..., Any], *, readers: bool = True) -> None:
        for step in TEAM:
            if step is analyzer:
                monkeypatch.setattr(step, "analyze", fault)
            elif step in recorded and not (readers and analyzer in step.needs.results + step.needs.may_read):
                monkeypatch.setattr(step, "analyze", replay(recorded[step]))

    return inject


def cannot_do_without(analyzer: type[Analyzer[Any]]) -> set[str]:
    """The names of those that need the result of `analyzer`, directly or not."""
    found: set[type[Step[Any]]] = {analyzer}
    for _ in TEAM:
        found |= {step for step in TEAM if found & set(step.needs.results)}
    return {step.name for step in found - {analyzer}}


def assert_costs_only_itself(
    analyzer: type[Analyzer[Any]], after: dict[str, Outcome], before: dict[str, Outcome]
) -> None:
    lost = cannot_do_without(analyzer)
    assert list(after) == list(before)
    for name in after.keys() - {analyzer.name}:
        if name in lost:
            assert not after[name].status.answered
            assert analyzer.name in after[name].reason or "did not answer" in after[name].reason
        elif before[name].status.answered:
            assert after[name].status.answered, after[name]
        else:
            assert after[name].status == before[name].status


@each
def test_with_all_weights_every_analyzer_answers(recorded, analyzer):
    outcome = recorded["outcomes"][analyzer.name]

    assert outcome.status.answered, f"{outcome.status}: {outcome.reason}"


@each
def test_one_that_raises_costs_only_itself(analyse, inject, recorded, analyzer, caplog):
    def fail(self: Any, inputs: Any) -> Any:
        raise RuntimeError("injected")

    inject(analyzer, fail)

    after = by_name(analyse())

    assert (after[analyzer.name].status, after[analyzer.name].reason) == (Status.FAILED, "RuntimeError: injected")
    assert_costs_only_itself(analyzer, after, recorded["outcomes"])


@each
def test_one_that_answers_nonsense_costs_only_itself(analyse, inject, recorded, analyzer, caplog):
    inject(analyzer, lambda self, inputs: {"cuts": 7})

    after = by_name(analyse())

    assert after[analyzer.name].status == Status.FAILED
    assert "the answer is a dict, not a Result" in after[analyzer.name].reason
    assert_costs_only_itself(analyzer, after, recorded["outcomes"])


@each
def test_one_that_never_ends_costs_only_itself(analyse, inject, recorded, analyzer, caplog):
    release = threading.Event()
    inject(analyzer, lambda self, inputs: release.wait(60), readers=False)
    try:
        analysis = analyse(time_limit=LIMIT - 5 * (SPEECH + MUSIC))
    finally:
        release.set()

    after = by_name(analysis)
    assert after[analyzer.name].status == Status.FAILED
    assert after[analyzer.name].reason.startswith("overran its time limit")
    assert analysis.left_behind == (analyzer.name,)
    assert_costs_only_itself(analyzer, after, recorded["outcomes"])
