"""Does every analyzer get exactly what it declared, and does a bad one cost only itself?"""

import gc
import logging
import threading
import weakref
from dataclasses import dataclass
from typing import ClassVar

import av
import numpy as np
import pytest

from analyzers.contract import Analyzer, Model, ModelInfo, Needs, Result, Segment, Status
from analyzers.errors import Cancelled, InvalidMedia, Skipped, Unavailable
from analyzers.media import EVERY_FRAME, FLOWING, SPEECH, Frames
from analyzers.models import Device, ModelShelf
from analyzers.run import analyze_video, with_dependencies, with_readers
from mass_processing.demo.encode import write_clip
from tests.analyzers.clips import greys, tone


@dataclass(frozen=True, slots=True)
class Answer(Result):
    """Whatever a test wants to be answered."""

    value: object = None
    segments: tuple = ()
    lesser: str = ""
    line: str = "an answer"

    def headline(self):
        return self.line

    def timeline(self):
        return self.segments

    def degraded_because(self):
        return self.lesser


def analyzer(name, answer=Answer(), **needs):  # frozen
    """An analyzer class that answers `answer`: a Result, an exception to raise, or a function of its inputs."""

    class Made(Analyzer[Answer]):
        def analyze(self, inputs):
            if isinstance(answer, Exception):
                raise answer
            return answer(inputs) if callable(answer) else answer

    Made.name, Made.version, Made.summary, Made.kind, Made.needs = name, "1", name, "picture", Needs(**needs)
    return Made


@pytest.fixture
def clip(tmp_path):
    """Fifty pictures at 25 per second with sound: two seconds."""
    return write_clip(tmp_path / "clip.mp4", greys(50), fps=25, sound=tone(2.0, 0.3))


@pytest.fixture
def silent(tmp_path):
    return write_clip(tmp_path / "silent.mp4", greys(50), fps=25)


@pytest.fixture
def run(scratch):
    """Analyses a clip and answers the outcomes by name."""

    def run(path, *team, **options):
        analysis = analyze_video(path, team, ModelShelf(Device()), scratch=scratch, **options)
        return {outcome.analyzer: outcome for outcome in analysis.outcomes}

    return run


def test_an_analyzer_gets_the_views_it_declared(clip, run):
    def look(inputs):
        return Answer((len(inputs.frames), inputs.audio.rate, inputs.video.width))

    outcomes = run(clip, analyzer("looks", look, frames=EVERY_FRAME, audio=SPEECH))

    assert outcomes["looks"].status == Status.OK
    assert outcomes["looks"].result.value == (50, 16_000, 64)


@pytest.mark.parametrize("undeclared", ["frames", "audio"])
def test_what_was_not_declared_is_not_there(clip, run, undeclared, caplog):
    peeks = analyzer("peeks", lambda inputs: Answer(getattr(inputs, undeclared)))
    looks = analyzer("looks", frames=EVERY_FRAME, audio=SPEECH)

    outcomes = run(clip, peeks, looks)

    assert outcomes["peeks"].status == Status.FAILED
    assert outcomes["peeks"].reason == f"LookupError: no {undeclared} were declared in needs".replace(
        "audio were", "audio was"
    )
    assert outcomes["looks"].status == Status.OK


def test_the_file_is_opened_once_for_all_analyzers(clip, run, monkeypatch):
    opened = []
    really_open = av.open
    monkeypatch.setattr(av, "open", lambda *args, **kwargs: opened.append(args[0]) or really_open(*args, **kwargs))

    run(clip, analyzer("a", frames=EVERY_FRAME), analyzer("b", frames=FLOWING), analyzer("c", audio=SPEECH))

    assert len(opened) == 1


def test_frames_can_not_be_changed_by_one_for_the_others(clip, run, caplog):
    def scribble(inputs):
        inputs.frames.pixels[0] = 0

    outcomes = run(clip, analyzer("scribbles", scribble, frames=EVERY_FRAME))

    assert outcomes["scribbles"].status == Status.FAILED
    assert "read-only" in outcomes["scribbles"].reason


NONSENSE = {
    "not a result": lambda inputs: {"cuts": 3},
    "nothing": lambda inputs: None,
    "unsorted": Answer(segments=(Segment(1.0, 1.5, "b"), Segment(0.0, 0.5, "a"))),
    "backwards": Answer(segments=(Segment(1.0, 0.5, "a"),)),
    "after the end": Answer(segments=(Segment(1.0, 2.5, "a"),)),
    "before the start": Answer(segments=(Segment(-0.1, 0.5, "a"),)),
    "not a number": Answer(segments=(Segment(0.0, float("nan"), "a"),)),
    "a score of 7": Answer(segments=(Segment(0.0, 1.0, "a", score=7.0),)),
    "no segment": Answer(segments=((0.0, 1.0, "a"),)),
    "no JSON form": Answer(value=threading.Lock()),
    "no headline": Answer(line=" "),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_a_failure_that_costs_only_itself(clip, run, answer, caplog):
    outcomes = run(clip, analyzer("bad", answer), analyzer("good"))

    assert outcomes["bad"].status == Status.FAILED
    assert outcomes["bad"].result is None
    assert outcomes["bad"].reason
    assert outcomes["good"].status == Status.OK


def test_a_segment_may_end_one_picture_after_the_last(clip, run):
    outcomes = run(clip, analyzer("a", Answer(segments=(Segment(0.0, 2.04, "a"),))))

    assert outcomes["a"].status == Status.OK


def test_an_exception_is_a_failure_that_names_it_and_is_logged_with_its_traceback(clip, run, caplog):
    outcomes = run(clip, analyzer("bad", ZeroDivisionError("by zero")), analyzer("good"))

    assert outcomes["bad"].status == Status.FAILED
    assert outcomes["bad"].reason == "ZeroDivisionError: by zero"
    assert outcomes["good"].status == Status.OK
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "status"),
    [(Skipped("nobody speaks"), Status.SKIPPED), (Unavailable("run models pull"), Status.UNAVAILABLE)],
    ids=["skipped", "unavailable"],
)
def test_an_analyzer_may_say_that_it_does_not_apply(clip, run, error, status):
    outcomes = run(clip, analyzer("a", error))

    assert (outcomes["a"].status, outcomes["a"].reason) == (status, str(error))


def test_a_lesser_answer_is_degraded_with_its_reason(clip, run):
    outcomes = run(clip, analyzer("a", Answer(lesser="too dark to tell")))

    assert (outcomes["a"].status, outcomes["a"].reason) == (Status.DEGRADED, "too dark to tell")
    assert outcomes["a"].result is not None


def test_without_sound_what_needs_it_is_skipped(silent, run):
    outcomes = run(silent, analyzer("hears", audio=SPEECH), analyzer("sees", frames=EVERY_FRAME))

    assert (outcomes["hears"].status, outcomes["hears"].reason) == (Status.SKIPPED, "the video has no sound track")
    assert outcomes["sees"].status == Status.OK


def test_a_result_is_read_by_who_declared_it(clip, run):
    first = analyzer("first", Answer(value=20))
    second = analyzer("second", lambda inputs: Answer(inputs.result(first).value + 1), results=(first,))

    outcomes = run(clip, second, first)

    assert outcomes["second"].result.value == 21


def test_what_is_read_from_runs_too_and_is_reported_last(clip, scratch):
    first = analyzer("first")
    second = analyzer("second", results=(first,))

    analysis = analyze_video(clip, [second], ModelShelf(Device()), scratch=scratch)

    assert [outcome.analyzer for outcome in analysis.outcomes] == ["second", "first"]


def test_what_most_others_wait_for_starts_first(clip, run):
    started = []
    alone, waited_for = (
        analyzer(name, lambda inputs, name=name: started.append(name) or Answer()) for name in ("alone", "waited for")
    )
    reads = [analyzer(name, results=(waited_for,)) for name in ("x", "y")]

    run(clip, alone, *reads, threads=1)

    assert started == ["waited for", "alone"]


def test_who_reads_from_a_failure_is_skipped_and_so_on_down_the_line(clip, run, caplog):
    bad = analyzer("bad", ValueError("no"))
    middle = analyzer("middle", results=(bad,))
    last = analyzer("last", results=(middle,))

    outcomes = run(clip, last, middle, bad)

    assert outcomes["middle"].reason == "bad, which it reads from, did not answer (failed)"
    assert outcomes["last"].reason == "middle, which it reads from, did not answer (skipped)"
    assert outcomes["middle"].status == outcomes["last"].status == Status.SKIPPED


def test_reading_in_a_circle_is_refused_by_name():
    first = analyzer("first")
    second = analyzer("second", results=(first,))
    first.needs = Needs(results=(second,))

    with pytest.raises(ValueError, match=r"circle: .*(first → second|second → first)"):
        with_dependencies([first])


def test_who_reads_from_an_analyzer_is_found_through_others_too():
    first, other = analyzer("first"), analyzer("other")
    second = analyzer("second", results=(first,))
    third = analyzer("third", may_read=(second, other))

    assert with_readers(first, [third, other, second]) == (first, third, second)
    assert with_readers(third, [first, other, second, third]) == (third,)


class Spoon(Model):
    role = "spoon"
    info: ClassVar[ModelInfo] = ModelInfo("spoon", "3", "MIT")
    backend = "silver"
    loads = 0

    @classmethod
    def load(cls, device):
        cls.loads += 1
        return cls()


class Missing(Spoon):
    @classmethod
    def load(cls, device):
        raise Unavailable("no weights; run `bulk_processor.py models pull`")


def test_a_model_is_loaded_once_for_two_videos_and_named_in_the_outcome(clip, silent, scratch):
    shelf = ModelShelf(Device())
    Spoon.loads = 0
    stirs = analyzer("stirs", lambda inputs: Answer(inputs.model(Spoon).backend), models=(Spoon,))

    for path in (clip, silent):
        [outcome] = analyze_video(path, [stirs], shelf, scratch=scratch).outcomes

    assert Spoon.loads == 1
    assert (outcome.model, outcome.backend, outcome.result.value) == (Spoon.info, "silver", "silver")


def test_a_model_without_weights_makes_only_its_users_unavailable(clip, run):
    outcomes = run(clip, analyzer("needs it", models=(Missing,)), analyzer("does not"))

    assert outcomes["needs it"].status == Status.UNAVAILABLE
    assert "models pull" in outcomes["needs it"].reason
    assert outcomes["does not"].status == Status.OK


def test_outcomes_are_told_one_by_one_on_the_callers_thread(clip, run):
    told = []

    run(
        clip,
        analyzer("a"),
        analyzer("b"),
        on_outcome=lambda outcome: told.append((outcome.analyzer, threading.get_ident())),
    )

    assert sorted(name for name, _ in told) == ["a", "b"]
    assert {ident for _, ident in told} == {threading.get_ident()}


def test_independent_analyzers_run_side_by_side(clip, run):
    """Each waits for the other: only side by side can both end."""
    meeting = threading.Barrier(2, timeout=10)

    def meet(inputs):
        meeting.wait()
        return Answer()

    outcomes = run(clip, analyzer("a", meet), analyzer("b", meet), threads=2)

    assert {outcome.status for outcome in outcomes.values()} == {Status.OK}


def test_a_view_is_given_back_when_nobody_will_look_at_it_again(clip, run):
    pixels = []

    def remember(inputs):
        pixels.append(weakref.ref(inputs.frames.pixels))
        return Answer()

    def is_gone(inputs):
        gc.collect()
        return Answer(pixels[0]() is None)

    first = analyzer("first", remember, frames=EVERY_FRAME)
    second = analyzer("second", is_gone, frames=FLOWING, results=(first,))
    third = analyzer("third", is_gone, frames=EVERY_FRAME, results=(first,))

    assert run(clip, first, second)["second"].result.value is True
    pixels.clear()
    assert run(clip, first, third)["third"].result.value is False


def test_seconds_are_the_analyzers_own_without_decode_and_waiting(clip, scratch):
    slow = analyzer("slow", lambda inputs: threading.Event().wait(0.2) or Answer())
    waits = analyzer("waits", results=(slow,))

    analysis = analyze_video(clip, [slow, waits], ModelShelf(Device()), scratch=scratch)

    assert analysis.outcomes[0].seconds >= 0.2
    assert sum(outcome.seconds for outcome in analysis.outcomes) <= analysis.seconds - analysis.decode_seconds


def test_a_slow_failure_has_its_seconds_too(clip, run, caplog):
    def fail(inputs):
        threading.Event().wait(0.1)
        raise ValueError("late")

    assert run(clip, analyzer("slow", fail))["slow"].seconds >= 0.1


def test_the_video_is_described_as_it_was_decoded(tmp_path, scratch):
    pictures = np.random.default_rng(0).integers(0, 255, (100, 96, 64, 3), np.uint8)
    clip = write_clip(tmp_path / "clip.mp4", pictures, fps=25)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])

    analysis = analyze_video(clip, [analyzer("a", frames=Frames(1.0, 32))], ModelShelf(Device()), scratch=scratch)

    assert analysis.video.duration < 3.0
    assert "missing" in analysis.damage


def test_what_can_not_be_decoded_raises(tmp_path, scratch):
    (tmp_path / "clip.mp4").write_text("no video")

    with pytest.raises(InvalidMedia):
        analyze_video(tmp_path / "clip.mp4", [analyzer("a")], ModelShelf(Device()), scratch=scratch)


def test_cancelling_between_analyzers_runs_no_further_one(clip, scratch):
    ran = []
    first = analyzer("first", lambda inputs: ran.append("first") or Answer())
    second = analyzer("second", lambda inputs: ran.append("second") or Answer(), results=(first,))

    with pytest.raises(Cancelled):
        analyze_video(clip, [second], ModelShelf(Device()), scratch=scratch, cancelled=lambda: bool(ran))

    assert ran == ["first"]
    assert list(scratch.iterdir()) == []


def test_cancelling_during_decode_runs_no_analyzer(clip, scratch):
    ran = []

    with pytest.raises(Cancelled):
        analyze_video(
            clip,
            [analyzer("a", lambda inputs: ran.append("a") or Answer())],
            ModelShelf(Device()),
            scratch=scratch,
            cancelled=lambda: True,
        )

    assert ran == []
