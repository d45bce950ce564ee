"""Are cuts and camera moves right at every size, frame rate and bit rate, through real files?"""

from collections.abc import Callable, Sequence

import pytest

from analyzers.catalog import by_name
from analyzers.models import Device, ModelShelf
from analyzers.run import analyze_video
from benchmarks.truth.conditions import CONDITIONS, Condition, Pictures
from benchmarks.truth.edits import HARD, SOFT, Edited
from benchmarks.truth.matching import Matched, match_instants, match_spans, overlap
from benchmarks.truth.moves import EACH, MOVES, Moved

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

in_every_condition = pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: each.name)


def seeds(condition: Condition) -> tuple[int, ...]:
    """Landscapes in which each truth is tried; large pictures take long to make."""
    return (1,) if condition.size[0] > 1000 else (1, 2)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, object]]:
    """The results by name of some analyzers on `pictures` in a condition; each file is made and analysed once."""
    folder = tmp_path_factory.mktemp("truth")
    done: dict[tuple[object, str], dict[str, object]] = {}

    def analysed(pictures: Pictures, condition: Condition, names: Sequence[str]) -> dict[str, object]:
        key = (pictures, condition.name)
        if key not in done:
            path = condition.write(folder / "clip.mp4", pictures)
            team = [by_name(name) for name in names]
            analysis = analyze_video(path, team, ModelShelf(Device()), scratch=folder / "scratch")
            done[key] = {outcome.analyzer: outcome.result for outcome in analysis.outcomes}
        return done[key]

    return analysed


def cuts_of(analysed, condition: Condition, seed: int):
    return analysed(Edited(seed), condition, ["cut_analysis"])["cut_analysis"].cuts


@in_every_condition
def test_hard_cuts_are_found_to_the_frame_and_nothing_else_is_taken_for_one(analysed, condition):
    for seed in seeds(condition):
        times = condition.times(Edited(seed).seconds)
        truth = [float(times[times >= cut - 1e-6][0]) for cut in HARD]
        frame = 1.0 / float(condition.fps) * (1.5 if condition.unsteady else 1.0)

        found = [cut.t for cut in cuts_of(analysed, condition, seed) if cut.type == "cut"]

        assert match_instants(truth, found, frame + 1e-3) == Matched(len(HARD), 0, 0), (seed, truth, found)


def test_dissolves_and_fades_are_found_with_their_extent(analysed):
    total = Matched()
    for condition in CONDITIONS:
        for seed in seeds(condition):
            cuts = cuts_of(analysed, condition, seed)
            for kind, start, end in SOFT:
                total += match_spans([(start, end)], [(cut.start, cut.end) for cut in cuts if cut.type == kind])

    assert total.f1 >= 0.9, total


def test_moves_are_named_right_and_have_their_speed(analysed):
    wrong, slow, tried = [], [], 0
    for condition in CONDITIONS:
        for seed in seeds(condition):
            camera = analysed(Moved(seed), condition, ["camera_analysis"])["camera_analysis"]
            for number, move in enumerate(MOVES):
                tried += 1
                where = (condition.name, seed, move.motion)
                shot = (number * EACH, (number + 1) * EACH)
                longest = max(camera.moves, key=lambda each, shot=shot: overlap((each.start, each.end), shot))
                if longest.motion != move.motion:
                    wrong.append((*where, longest.motion))
                elif _measured(longest) != pytest.approx(move.speed, rel=0.1) and move.speed:
                    slow.append((*where, _measured(longest), move.speed))

    assert len(wrong) <= 0.05 * tried, wrong
    assert slow == []


def _measured(move) -> float:
    if move.motion.startswith("zoom"):
        return move.zoom_rate
    return abs(move.roll_rate) if move.motion == "roll" else move.speed
