"""Are texts, colours and the lag behind the beat right at every size, frame rate and bit rate, through real files?"""

from pathlib import Path

import numpy as np
import pytest

from analyzers.catalog import by_name
from analyzers.models import Device, ModelShelf
from analyzers.run import analyze_video
from benchmarks.truth.compared_pictures import WORDS, Captioned, error_rate
from benchmarks.truth.conditions import CONDITIONS, Picture, Pictures
from benchmarks.truth.scenes import Shot
from mass_processing.demo.sounds import beat
from tests.analyzers.picture.ciede2000 import delta_e, lab_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

in_every_condition = pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: each.name)
#: Without the large one, whose cuts are tried in test_pictures.py: a lag is told from the cuts and the sound.
SMALL = [condition for condition in CONDITIONS if condition.size[0] < 1000]
#: Seconds between two pictures that text is looked for in.
STEP = 0.5


def result_of(name: str, path: Path):
    [outcome, *_] = analyze_video(
        path, [by_name(name)], ModelShelf(Device(threads=2)), scratch=path.parent / "scratch"
    ).outcomes
    assert outcome.status.answered, f"{outcome.status}: {outcome.reason}"
    return outcome.result


@in_every_condition
def test_captions_are_read_when_they_stand(condition, tmp_path):
    texts = result_of("text_overlay", condition.write(tmp_path / "clip.mp4", Captioned())).texts

    assert len(texts) == len(WORDS)
    assert error_rate(WORDS, [each.text for each in texts]) <= 0.05
    assert [each.role for each in texts] == ["caption"] * len(WORDS)
    for number, each in enumerate(texts):
        assert each.start == pytest.approx(3 * number, abs=STEP)
        assert each.end == pytest.approx(3 * number + 2, abs=STEP)


class Tiled(Pictures):
    """Four tiles of known colours."""

    seconds = 2.0
    colours = ((200, 40, 50), (30, 120, 200), (240, 220, 90), (60, 160, 80))

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        picture = np.empty((*size, 3), np.uint8)
        half, middle = size[0] // 2, size[1] // 2
        for place, colour in zip(
            (np.s_[:half, :middle], np.s_[:half, middle:], np.s_[half:, :middle], np.s_[half:, middle:]),
            self.colours,
            strict=True,
        ):
            picture[place] = colour
        return picture


@in_every_condition
def test_the_palette_is_that_of_the_tiles(condition, tmp_path):
    palette = result_of("color_analysis", condition.write(tmp_path / "clip.mp4", Tiled())).palette

    for red, green, blue in Tiled.colours:
        true = lab_of(f"#{red:02x}{green:02x}{blue:02x}")
        assert min(delta_e(true, lab_of(each.hex)) for each in palette) < 3


class OnTheBeat(Pictures):
    """A cut every second, `lag` seconds after a beat of 120 per minute."""

    seconds = 10.0

    def __init__(self, lag: float) -> None:
        self.lag = lag

    def at(self, time: float, size: tuple[int, int]) -> Picture:
        return Shot(3 * int(time - self.lag + 1)).at(0.0, size)


@pytest.mark.parametrize("condition", SMALL, ids=lambda each: each.name)
@pytest.mark.parametrize("lag", [0.08, -0.08], ids=["late", "early"])
def test_the_lag_of_cuts_behind_the_beat_is_found(condition, lag, tmp_path):
    times = condition.times(OnTheBeat.seconds)
    cuts = [float(times[times >= second + lag - 1e-6][0]) for second in range(1, 10)]
    true_lag = float(np.median([cut - round(cut) for cut in cuts]))
    path = condition.write(tmp_path / "clip.mp4", OnTheBeat(lag), sound=beat(OnTheBeat.seconds, 120))

    found = result_of("audio_visual_sync", path).lag_ms

    assert found == pytest.approx(1000 * true_lag, abs=20)
