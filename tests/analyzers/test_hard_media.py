"""Do all analyzers answer, or say why not, whatever the video is like?"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzers.catalog import ANALYZERS
from analyzers.contract import Status
from analyzers.models import Device, ModelShelf
from analyzers.run import Analysis, analyze_video
from tests.analyzers.clips import MEDIA
from tests.analyzers.hard_clips import CAPTION, HARD_CLIPS, PAN_SPEED, ten_minutes, unsteadily

pytestmark = pytest.mark.integration

AnalysisOf = Callable[[str], Analysis]
every_hard_clip = pytest.mark.parametrize("hard", HARD_CLIPS, ids=str)
#: Seconds per picture of the clips that are not about their frame rate.
PICTURE = 0.04


@pytest.fixture(scope="module")
def shelf() -> ModelShelf:
    """All models, each loaded once."""
    return ModelShelf(Device(threads=2))


@pytest.fixture(scope="module")
def analysis_of(shelf: ModelShelf, tmp_path_factory: pytest.TempPathFactory) -> AnalysisOf:
    """What all analyzers say about one of the hard clips; each is made and analysed once."""
    folder = tmp_path_factory.mktemp("hard")
    done: dict[str, Analysis] = {}

    def analysed(hard: str) -> Analysis:
        if hard not in done:
            clip = HARD_CLIPS[hard](folder / f"{len(done)}.mp4")
            done[hard] = analyze_video(clip, ANALYZERS, shelf, scratch=folder / "scratch")
        return done[hard]

    return analysed


def result(analysis: Analysis, name: str):
    [outcome] = (each for each in analysis.outcomes if each.analyzer == name)
    assert outcome.status.answered, f"{name} is {outcome.status}: {outcome.reason}"
    return outcome.result


def failures(analysis: Analysis) -> dict[str, str]:
    return {each.analyzer: each.reason for each in analysis.outcomes if each.status is Status.FAILED}


@every_hard_clip
def test_no_analyzer_fails(analysis_of, hard):
    assert failures(analysis_of(hard)) == {}


@every_hard_clip
def test_every_analyzer_has_an_outcome(analysis_of, hard):
    assert {each.analyzer for each in analysis_of(hard).outcomes} >= {each.name for each in ANALYZERS}


@every_hard_clip
def test_whoever_does_not_answer_says_why(analysis_of, hard):
    mute = [each.analyzer for each in analysis_of(hard).outcomes if each.status is not Status.OK and not each.reason]

    assert mute == []


@every_hard_clip
def test_all_timelines_lie_inside_the_video(analysis_of, hard):
    analysis = analysis_of(hard)
    last = analysis.video.duration + 1e-3

    outside = [
        (outcome.analyzer, segment)
        for outcome in analysis.outcomes
        if outcome.result is not None
        for segment in outcome.result.timeline()
        if not 0 <= segment.start <= segment.end <= last
    ]

    assert outside == []


def test_real_media_with_several_tracks_fails_no_analyzer(shelf, tmp_path):
    clip = MEDIA / "nasa_talk.mp4"
    if not clip.is_file():
        pytest.skip(f"the real clip nasa_talk.mp4 is not in {MEDIA}")

    analysis = analyze_video(clip, ANALYZERS, shelf, scratch=tmp_path)

    assert failures(analysis) == {}
    assert (analysis.video.width, analysis.video.height) == (480, 270)


@pytest.mark.parametrize("hard", ["an ordinary clip", "a rotation by 90 degrees"])
def test_a_cut_is_found_at_its_picture(analysis_of, hard):
    assert [cut.t for cut in result(analysis_of(hard), "cut_analysis").cuts] == pytest.approx([2.0], abs=1e-3)


def test_a_cut_is_found_at_its_picture_when_the_frame_rate_varies(analysis_of):
    times = unsteadily(4)
    first_of_the_second_shot = times[times >= 2.0][0]

    cuts = result(analysis_of("a variable frame rate"), "cut_analysis").cuts

    assert [cut.t for cut in cuts] == pytest.approx([first_of_the_second_shot], abs=1e-3)


@pytest.mark.parametrize("hard", ["an ordinary clip", "a rotation by 90 degrees", "a variable frame rate"])
def test_a_pan_has_its_direction_and_speed(analysis_of, hard):
    first, *_ = result(analysis_of(hard), "camera_analysis").moves

    assert first.motion == "pan_right"
    assert first.speed == pytest.approx(PAN_SPEED, rel=0.15)


@pytest.mark.parametrize("hard", ["an ordinary clip", "a rotation by 90 degrees", "a variable frame rate"])
def test_what_the_camera_pans_over_moves_the_other_way(analysis_of, hard):
    assert result(analysis_of(hard), "motion_analysis").direction == "left"


@pytest.mark.parametrize(
    "hard", ["an ordinary clip", "a rotation by 90 degrees", "a variable frame rate", "sound that ends early"]
)
def test_a_caption_is_read_from_where_it_stands(analysis_of, hard):
    [text] = result(analysis_of(hard), "text_overlay").texts

    assert text.text.upper() == CAPTION
    assert text.start == pytest.approx(2.0, abs=0.5 + PICTURE)
    assert (text.y1 + text.y2) / 2 == pytest.approx(0.75, abs=0.02)


def test_rotation_changes_neither_size_nor_colours(analysis_of):
    upright, turned = analysis_of("an ordinary clip"), analysis_of("a rotation by 90 degrees")

    assert (turned.video.width, turned.video.height) == (upright.video.width, upright.video.height)
    one, other = (result(each, "color_analysis") for each in (upright, turned))
    assert other.brightness == pytest.approx(one.brightness, abs=0.01)
    assert other.saturation == pytest.approx(one.saturation, abs=0.01)
    assert other.colourfulness == pytest.approx(one.colourfulness, rel=0.02)


def test_analyzers_of_sound_are_skipped_without_sound(analysis_of):
    listeners = {each.name for each in ANALYZERS if each.needs.audio is not None}

    skipped = {each.analyzer for each in analysis_of("no sound").outcomes if each.status is Status.SKIPPED}

    assert listeners <= skipped


def test_silence_is_no_speech(analysis_of):
    assert result(analysis_of("sound that is silent"), "voice_activity").timeline() == []


def test_the_last_picture_stands_while_the_sound_goes_on(analysis_of):
    analysis = analysis_of("sound that goes on for long")

    assert analysis.video.duration == pytest.approx(12.0, abs=0.1)
    assert result(analysis, "cut_analysis").shots[-1].end == pytest.approx(12.0, abs=0.1)


@pytest.mark.parametrize("hard", ["a file that was cut short", "a file with a damaged end"])
def test_a_broken_file_is_told_from_a_whole_one(analysis_of, hard):
    assert analysis_of(hard).damage
    assert not analysis_of("an ordinary clip").damage


@pytest.mark.timeout(300)
def test_ten_minutes_fail_no_analyzer_and_stay_within_a_gigabyte_and_a_half(tmp_path):
    clip = ten_minutes(tmp_path / "clip.mov")

    done = subprocess.run(
        [sys.executable, "-c", TEN_MINUTES, str(clip), str(tmp_path / "scratch")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )

    assert done.returncode == 0, done.stderr
    peak_bytes, end, *failed = done.stdout.split()
    assert failed == []
    assert float(peak_bytes) < 1.5e9
    assert float(end) == pytest.approx(600.0, abs=0.5)


TEN_MINUTES = """
import sys
from pathlib import Path
from analyzers.catalog import ANALYZERS
from analyzers.models import Device, ModelShelf
from analyzers.run import analyze_video
analysis = analyze_video(Path(sys.argv[1]), ANALYZERS, ModelShelf(Device(threads=2)), scratch=Path(sys.argv[2]))
# VmHWM, not getrusage: that one remembers the memory of the process that started this one.
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
print(peak, analysis.video.duration, *(each.analyzer for each in analysis.outcomes if each.status == "failed"))
"""
