"""Is little read where nothing is written, and is what does get written there still found in time?"""

from dataclasses import dataclass

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import DETAILED
from analyzers.models.text_reader import TextReader
from analyzers.picture.text_gate import pictures_worth_reading
from analyzers.picture.text_overlay import TextOverlay
from tests.analyzers.picture.scenes import look, world
from tests.analyzers.picture.stills import lettered, view

pytestmark = pytest.mark.integration  # loads a model

SIZE = (1024, 576)
MIDDLE = (288, 700)


@dataclass
class Written:
    """Words on a clip from one sampled picture to another."""

    text: str
    first: int
    after: int
    px: int = 40


def swaying(count, *written):
    """`count` pictures, two per second, of a scene that a camera sways over, with `written` on them."""
    scene = world(3, 144, 6.0)
    for step in range(count):
        small = look(scene, (256, 144), x=0.3 * np.sin(0.8 * step), y=0.2 * np.cos(0.5 * step))
        picture = np.kron(small, np.ones((4, 4, 1), np.uint8))
        for each in written:
            if each.first <= step < each.after:
                picture = lettered(picture, each.text, MIDDLE, each.px)
        yield picture


@pytest.fixture
def looked_at(reader):
    """The result for a swaying scene."""

    def analyze(count, *written):
        video, frames = view(list(swaying(count, *written)), 2)
        return TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader}))

    return analyze


def spans(result):
    return [(each.text.replace(" ", ""), each.start, each.end) for each in result.texts]


def test_a_lively_scene_without_text_is_read_rarely(looked_at):
    count = 80
    assert len(pictures_worth_reading(view(list(swaying(count)), 2)[1])) > 0.9 * count

    result = looked_at(count)

    assert result.texts == ()
    assert result.pictures_read <= count / 6


@pytest.mark.parametrize("first", [20, 41, 46])
def test_a_short_text_late_in_a_lively_scene_is_found_with_its_times(looked_at, first):
    result = looked_at(60, Written("wait for it", first, first + 3))

    [(text, start, end)] = spans(result)
    assert text == "waitforit"
    assert (start, end) == (pytest.approx(first / 2, abs=0.5), pytest.approx(first / 2 + 1.5, abs=0.5))


def test_texts_that_follow_each_other_in_one_place_are_told_apart(looked_at):
    words = ["never give up", "always give up", "always get up"]

    result = looked_at(24, *(Written(text, 8 * row, 8 * row + 8) for row, text in enumerate(words)))

    assert spans(result) == [(text.replace(" ", ""), 4.0 * row, 4.0 * row + 4) for row, text in enumerate(words)]


def test_a_digit_that_changes_in_a_text_is_seen(looked_at):
    result = looked_at(16, Written("reason 3 of 8", 0, 8), Written("reason 8 of 8", 8, 16))

    assert spans(result) == [("reason3of8", 0.0, 4.0), ("reason8of8", 4.0, 8.0)]


def test_text_too_small_for_a_glance_is_found_all_the_same_with_its_times(looked_at, reader):
    small = Written("made with love in a very small kitchen", 21, 60, px=12)
    *_, last = swaying(60, small)
    assert not reader.glance(last).any(), "the text is not too small for a glance"

    result = looked_at(60, small)

    [text] = result.texts
    assert text.start == pytest.approx(10.5, abs=0.5)
    assert text.end == 30.0


def test_a_real_clip_of_a_room_is_read_rarely(real_clip, reader):
    video, frames = real_clip("static_room.mp4", DETAILED)

    result = TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader}))

    assert result.texts == ()
    assert result.pictures_read < len(pictures_worth_reading(frames)) / 3
