"""Does audio_visual_sync recover the lag that was put between cuts and beats?"""

from itertools import pairwise

import numpy as np
import pytest

from analyzers.contract import Inputs
from analyzers.errors import Skipped
from analyzers.meaning.audio_visual_sync import AudioVisualSync, AudioVisualSyncResult
from analyzers.picture.cut_analysis import Cut, CutAnalysis, CutResult, Shot
from analyzers.sound.music_analysis import Music, MusicAnalysis, MusicAnalysisResult
from mass_processing.demo.sounds import beat
from tests.analyzers.sound.hearing import inputs_of, stereo, video_with

SECONDS = 20.0


def shots_cut_at(times: list[float]) -> CutResult:
    cuts = tuple(Cut(t=t, type="cut", score=1.0, start=t, end=t) for t in times)
    edges = [0.0, *times, SECONDS]
    shots = tuple(Shot(start, end) for start, end in pairwise(edges))
    return CutResult(cuts, shots, 60 * len(cuts) / SECONDS, SECONDS / len(shots))


def music_at(bpm: float | None) -> MusicAnalysisResult:
    beats = () if bpm is None else tuple(np.arange(0.0, SECONDS, 60 / bpm).tolist())
    return MusicAnalysisResult(1.0, (Music(0.0, SECONDS, 1.0),), bpm, beats, bpm and 0.9, None, None, 0.5)


def analyze(cuts: CutResult, music: MusicAnalysisResult) -> AudioVisualSyncResult:
    return AudioVisualSync().analyze(Inputs(video_with(SECONDS), results={CutAnalysis: cuts, MusicAnalysis: music}))


@pytest.mark.parametrize("lag_ms", [-80, -40, 0, 40, 80])
@pytest.mark.parametrize("bpm", [75, 120, 165])
def test_an_injected_lag_is_recovered_within_20_ms(lag_ms: float, bpm: float) -> None:
    """A cut on every fourth beat, on the frame grid of 30 pictures a second."""
    on_beats = np.arange(4, 20 * bpm / 60 - 4, 4) * 60 / bpm + lag_ms / 1000

    result = analyze(shots_cut_at((np.round(on_beats * 30) / 30).tolist()), music_at(bpm))

    assert result.lag_ms == pytest.approx(lag_ms, abs=20)
    assert result.steadiness > 0.9


@pytest.mark.parametrize("lag_ms", [-80, 0, 80])
def test_the_lag_is_recovered_from_the_sound_of_the_beat_itself(lag_ms: float) -> None:
    music = MusicAnalysis().analyze(inputs_of(stereo(beat(SECONDS, 120)), 48_000))

    result = analyze(shots_cut_at([2 * number + lag_ms / 1000 for number in range(1, 9)]), music)

    assert result.lag_ms == pytest.approx(lag_ms, abs=20)


def test_cuts_on_the_beat_score_one() -> None:
    result = analyze(shots_cut_at([2.0, 4.0, 6.5, 9.0, 12.0, 15.5]), music_at(120))

    assert (result.score, result.on_beat_ratio) == (1.0, 1.0)
    assert result.headline() == "100% of 6 cuts on the beat, 0 ms late"


def test_cuts_at_random_score_near_zero_and_have_no_lag() -> None:
    """Over forty draws; Rayleigh's test lets one in twenty through."""
    chance = np.random.default_rng(0)
    results = [analyze(shots_cut_at(sorted(chance.uniform(1, 19, 12).tolist())), music_at(120)) for _ in range(40)]

    assert np.mean([result.score for result in results]) < 0.15
    assert sum(result.lag_ms is not None for result in results) <= 5


def test_the_chance_level_is_the_share_of_time_that_is_near_a_beat() -> None:
    """70 ms on both sides of a beat every half second."""
    result = analyze(shots_cut_at([2.0, 4.0, 6.0, 8.0]), music_at(120))

    assert result.chance_ratio == pytest.approx(0.28)


def test_half_of_the_cuts_on_the_beat_score_what_is_left_after_chance() -> None:
    result = analyze(shots_cut_at([2.0, 3.25, 5.0, 6.25, 8.0, 9.25]), music_at(120))

    assert result.on_beat_ratio == 0.5
    assert result.score == pytest.approx((0.5 - 0.28) / (1 - 0.28))


def test_each_cut_is_on_the_timeline_with_its_own_lag() -> None:
    timeline = analyze(shots_cut_at([2.0, 4.05, 6.2, 8.0]), music_at(120)).timeline()

    assert [each.label for each in timeline] == ["on the beat", "on the beat", "off the beat", "on the beat"]
    assert [each.data["lag_ms"] for each in timeline] == pytest.approx([0, 50, 200, 0], abs=0.01)


def test_dissolves_are_no_cuts() -> None:
    cuts = tuple(Cut(t=t, type="dissolve", score=1.0, start=t - 0.2, end=t + 0.2) for t in (2.0, 4.0, 6.0, 8.0))

    with pytest.raises(Skipped, match="0 hard cuts"):
        analyze(CutResult(cuts, (Shot(0.0, SECONDS),), 12.0, 4.0), music_at(120))


def test_too_few_cuts_are_skipped_with_their_number() -> None:
    with pytest.raises(Skipped, match="3 hard cuts within the music; at least 4 are needed"):
        analyze(shots_cut_at([2.0, 4.0, 6.0]), music_at(120))


def test_music_without_a_beat_is_skipped() -> None:
    with pytest.raises(Skipped, match="no steady beat"):
        analyze(shots_cut_at([2.0, 4.0, 6.0, 8.0]), music_at(None))


def test_a_clip_without_music_is_skipped() -> None:
    silent = MusicAnalysisResult(0.0, (), None, (), None, None, None, None)

    with pytest.raises(Skipped, match="no music"):
        analyze(shots_cut_at([2.0, 4.0, 6.0, 8.0]), silent)
