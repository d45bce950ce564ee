"""Is what is written on the picture read, and found when, where and as what it is?"""

from dataclasses import replace

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.media import DETAILED, FrameBatch
from analyzers.models.text_reader import TextReader
from analyzers.picture.text_gate import pictures_worth_reading
from analyzers.picture.text_overlay import TextOverlay
from analyzers.picture.text_reading import read_through
from analyzers.picture.text_tracks import edit_distance, plain
from tests.analyzers.picture import stills
from tests.analyzers.picture.stills import drifting, lettered, text_box, texture, view

pytestmark = pytest.mark.integration  # loads a model

GREY_BLUE = stills.plain((40, 90, 140))
WORLD = texture(9, (760, 480))
MIDDLE = (180, 440)


@pytest.fixture
def written(reader):
    """The result for pictures sampled twice a second."""

    def analyze(pictures):
        video, frames = view(pictures, 2)
        return TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader}))

    return analyze


def spans(result):
    """What stands when; without the gaps between words, which the model overlooks now and then."""
    return [(packed(each.text), each.start, each.end) for each in result.texts]


def packed(text):
    return text.replace(" ", "")


def error_rate(read, truth):
    return edit_distance(read, truth) / len(truth)


def moving(count, draw):
    """Pictures of a camera that moves over a texture, lettered by `draw(picture, step)`."""
    return [draw(drifting(WORLD, step), step) for step in range(count)]


def captioned(text_of, px=26, middle=MIDDLE):
    def draw(picture, step):
        text = text_of(step)
        return lettered(picture, text, middle, px) if text else picture

    return draw


def test_text_in_an_encoded_clip_is_read_with_its_times(filmed, reader):
    def picture(step):
        second, ground = step / 10, drifting(WORLD, step // 2)
        if 1 <= second < 3:
            return lettered(ground, "Wait until you see this", MIDDLE, 26)
        return lettered(ground, "the best coffee ever", MIDDLE, 26) if 4 <= second < 5.5 else ground

    video, frames = filmed((picture(step) for step in range(65)), DETAILED)
    texts = TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader})).texts

    assert len(texts) == 2
    for found, (truth, start, end) in zip(
        texts, [("Wait until you see this", 1, 3), ("the best coffee ever", 4, 5.5)], strict=True
    ):
        assert error_rate(found.text, truth) <= 0.05
        assert abs(found.start - start) <= 0.5
        assert abs(found.end - end) <= 0.5


def test_the_box_is_where_the_text_is_and_normalised(written):
    found = written([lettered(GREY_BLUE, "Link in bio", MIDDLE, 28)]).texts[0]

    x1, y1, x2, y2 = text_box("Link in bio", MIDDLE, 28)
    truth = (x1 / 360, y1 / 640, x2 / 360, y2 / 640)
    assert (found.x1, found.y1, found.x2, found.y2) == pytest.approx(truth, abs=0.02)


@pytest.mark.parametrize("px", [20, 30, 44])
def test_the_font_size_is_in_pixels_of_the_video_not_of_the_view(reader, px):
    video, frames = view([lettered(GREY_BLUE, "Typography", MIDDLE, px)], 2)
    video = replace(video, width=1080, height=1920)

    found = TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader})).texts[0]

    _, top, _, bottom = text_box("Typography", MIDDLE, px)
    assert found.font_px == pytest.approx((bottom - top) * 1920 / 640, rel=0.25)


def test_captions_that_change_over_a_moving_texture_are_told_apart(written):
    lines = ["follow for more", "two best friends", "link in the bio", "what a day this is"]

    result = written(moving(16, captioned(lambda step: lines[step // 4])))

    assert spans(result) == [(packed(line), 2.0 * row, 2.0 * row + 2) for row, line in enumerate(lines)]
    assert {text.role for text in result.texts} == {"caption"}


def test_captions_that_differ_in_one_digit_are_told_apart(written):
    result = written([lettered(GREY_BLUE, f"this is tip {step // 4}", MIDDLE, 26) for step in range(12)])

    assert spans(result) == [(f"thisistip{row}", 2.0 * row, 2.0 * row + 2) for row in range(3)]


def test_captions_of_one_word_each_are_told_apart(written):
    words = ["never", "thought", "this", "would", "work"]

    result = written(moving(5, captioned(lambda step: words[step], px=34)))

    assert spans(result) == [(word, row / 2, row / 2 + 0.5) for row, word in enumerate(words)]


def test_a_text_shown_for_one_sample_among_others_is_found(written):
    result = written(moving(7, captioned(lambda step: ["before", "before", "before", "SURPRISE"][min(step, 6 - step)])))

    assert ("SURPRISE", 1.5, 2.0) in spans(result)


def test_a_text_that_comes_back_is_two_texts(written):
    result = written(moving(14, captioned(lambda step: None if 4 <= step < 9 else "back again")))

    assert spans(result) == [("backagain", 0, 2), ("backagain", 4.5, 7)]


def test_a_text_that_grows_is_one_text(written):
    words = ["this", "gets", "longer", "with", "time"]

    result = written(moving(10, captioned(lambda step: " ".join(words[: 1 + min(step // 2, 4)]))))

    assert spans(result) == [("thisgetslongerwithtime", 0, 5)]


def test_a_sticker_that_moves_is_one_text(written):
    pictures = [lettered(drifting(WORLD, step), "BUY NOW", (80 + 16 * step, 130 + 19 * step), 28) for step in range(8)]

    assert spans(written(pictures)) == [("BUYNOW", 0, 4)]


def test_two_lines_that_belong_together_are_one_text(written):
    result = written(moving(6, captioned(lambda _: "Wait until you\nsee this recipe")))

    assert [(each.text, each.start, each.end) for each in result.texts] == [("Wait until you see this recipe", 0, 3)]


def test_watermark_title_and_captions_get_their_roles(written):
    def draw(picture, step):
        picture = lettered(picture, "@some.creator", (75, 40), 15)
        picture = lettered(picture, f"caption {'one' if step < 10 else 'two'} here", MIDDLE, 24)
        return lettered(picture, "MORNING ROUTINE", (180, 140), 36) if 2 <= step < 14 else picture

    roles = {text.text: text.role for text in written(moving(20, draw)).texts}

    assert roles == {
        "@some.creator": "watermark",
        "caption one here": "caption",
        "caption two here": "caption",
        "MORNING ROUTINE": "title",
    }


def test_a_watermark_that_hops_between_corners_is_a_watermark(written):
    places = [(75, 50), (280, 590)]

    result = written(moving(16, lambda picture, step: lettered(picture, "@some.creator", places[step // 4 % 2], 15)))

    assert [(each.role, each.start, each.end) for each in result.texts] == [
        ("watermark", 2.0 * row, 2.0 * row + 2) for row in range(4)
    ]


def test_the_share_and_the_first_text_leave_watermarks_out(written):
    def draw(picture, step):
        picture = lettered(picture, "@some.creator", (75, 40), 15)
        return lettered(picture, "only for a while", MIDDLE, 26) if 4 <= step < 10 else picture

    result = written(moving(20, draw))

    assert (result.text_share, result.first_text) == (0.3, 2.0)


def test_a_video_without_text_has_none(written):
    result = written(moving(12, lambda picture, step: picture))

    assert (result.texts, result.text_share, result.first_text) == ((), 0, None)
    assert result.headline() == "no text on screen"
    assert result.timeline() == ()


def test_the_timeline_says_what_was_read_as_what(written):
    (segment,) = written([lettered(GREY_BLUE, "Link in bio", MIDDLE, 28)] * 4).timeline()

    assert (segment.start, segment.end, segment.label, segment.text) == (0, 2, "caption", "Link in bio")
    assert segment.data["script"] == "latin"
    assert len(segment.data["box"]) == 4


def test_a_still_picture_is_read_once_in_five_seconds(written):
    assert written([lettered(GREY_BLUE, "Link in bio", MIDDLE, 28)] * 40).pictures_read <= 4


def test_over_a_moving_texture_a_text_that_stays_is_read_in_every_other_picture(written):
    result = written(moving(20, captioned(lambda _: "steady as a rock")))

    assert result.pictures_read <= 12
    assert result.degraded_because() == ""


def test_noise_and_slow_fades_are_not_worth_reading():
    chance = np.random.default_rng(1)
    pictures = [
        np.clip(texture(3).astype(float) + step + chance.normal(0, 4, (640, 360, 3)), 0, 255).astype(np.uint8)
        for step in range(5)
    ]

    assert pictures_worth_reading(view(pictures, 2)[1]) == [0]


@pytest.mark.parametrize("px", [12, 28])
def test_a_picture_on_which_text_appears_is_worth_reading(px):
    pictures = [texture(3)] * 3 + [lettered(texture(3), "now", MIDDLE, px)] * 2 + [texture(3)] * 2

    assert pictures_worth_reading(view(pictures, 2)[1]) == [0, 3, 5]


@pytest.mark.parametrize("ground", [GREY_BLUE, texture(5)], ids=["a plain wall", "a texture"])
@pytest.mark.parametrize("first", [1, 2], ids=["on odd pictures", "on even pictures"])
def test_captions_between_pictures_without_text_are_all_read(written, ground, first):
    """Every other picture is looked at last, between two that have nothing to tell of it."""
    words = {first + 2 * number: word for number, word in enumerate(("apple", "banana", "cherry", "orange"))}
    pictures = [lettered(ground, words[step], MIDDLE, 30) if step in words else ground for step in range(12)]

    found = spans(written(pictures))

    assert found == [(word, step / 2, (step + 1) / 2) for step, word in words.items()]


def test_reading_stops_at_its_budget_and_is_spread_over_the_video(reader):
    _, frames = view(moving(16, captioned(lambda step: f"part {step // 4}")), 2)

    survey = read_through(frames, list(range(16)), reader, pictures=4)

    assert survey.pictures_read <= 4 < survey.pictures_wanted
    assert {line.text for line in survey.lines[-1]} == {"part 3"}


def test_a_video_too_busy_to_be_read_whole_is_degraded_and_says_so(written):
    chance = np.random.default_rng(2)

    result = written(list(chance.integers(0, 255, (600, 64, 64, 3)).astype(np.uint8)))

    assert result.pictures_read <= 240
    assert result.degraded_because().startswith(f"read {result.pictures_read} of ")


def test_a_page_of_text_is_read_in_part_and_degraded(written):
    page = stills.plain((250, 250, 250))
    for row in range(40):
        page = lettered(page, f"line number {row} of a page", (180, 10 + 16 * row), 12)

    result = written([page])

    assert "unread" in result.degraded_because()
    assert result.texts


def close(read, truth):
    return error_rate(plain(read), plain(truth)) <= 0.1


def test_the_subtitles_of_a_real_clip_are_read_with_their_times(real_clip, reader):
    video, frames = real_clip("animation_captions.mp4", DETAILED)
    texts = TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader})).texts

    for truth, start, end in [("我一下就把你们逮住了", 1, 3), ("沸羊羊大人英明神武", 3, 6), ("把他们押往大牢", 6, 9)]:
        (found,) = (text for text in texts if close(text.text, truth))
        assert (found.start, found.end) == (pytest.approx(start, abs=0.5), pytest.approx(end, abs=0.5))
        assert (found.role, found.script) == ("caption", "han")


def test_the_logo_of_a_real_clip_is_a_watermark_throughout(real_clip, reader):
    video, frames = real_clip("animation_captions.mp4", DETAILED)
    texts = TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader})).texts

    assert [(each.role, each.start, round(each.end, 1)) for each in texts if each.text == "YOUKU"] == [
        ("watermark", 0, 11.8)
    ]


def test_the_faint_text_in_the_first_seconds_of_a_real_clip_is_read(real_clip, reader):
    video, frames = real_clip("vertical_red_dress.mp4", DETAILED)
    (text,) = TextOverlay().analyze(Inputs(video, frames=frames, models={TextReader: reader})).texts

    assert (text.start, text.script) == (0, "han")
    assert text.end == pytest.approx(2, abs=0.5)


def test_a_real_clip_without_text_has_none(real_clip, reader):
    video, frames = real_clip("static_room.mp4", DETAILED)
    first = FrameBatch(frames.pixels[:40], frames.times[:40], float(frames.times[40]))

    assert TextOverlay().analyze(Inputs(video, frames=first, models={TextReader: reader})).texts == ()
