"""Are things counted, and told with their times, as they were put there?"""

import pytest

from analyzers.models.detector import AT_LEAST, SURE
from analyzers.picture.object_detection import ObjectDetection
from tests.analyzers.picture.sightings import gliding, inputs, sightings

STILL = (0.0, 0.0)


def detected(things, **how):
    return ObjectDetection().analyze(inputs(sightings(things, **how)[0]))


def test_a_kind_tells_its_times_share_and_count():
    (dog,) = detected(
        {
            "dog a": gliding((0.2, 0.5), STILL, during=(1.0, 4.0)),
            "dog b": gliding((0.7, 0.5), STILL, during=(2.0, 3.0)),
        }
    ).objects

    assert (dog.label, dog.max_count, dog.first_seen, dog.last_seen, dog.share) == ("dog", 2, 1.0, 4.0, 0.5)


def test_kinds_are_told_most_seen_first():
    result = detected({"cup a": gliding((0.2, 0.5), STILL, during=(0.0, 2.0)), "person b": gliding((0.7, 0.5), STILL)})

    assert [each.label for each in result.objects] == ["person", "cup"]
    assert result.headline() == "1 × person (100%), 1 × cup (33%)"


@pytest.mark.parametrize(("unseen", "count"), [((2.0, 2.4), 1), ((2.0, 3.0), 2)], ids=["a moment", "a second"])
def test_what_is_missed_for_a_moment_was_there_all_the_time(unseen, count):
    (cat,) = detected({"cat a": gliding((0.5, 0.5), STILL, unseen=unseen)}).objects

    assert len(cat.stretches) == count


@pytest.mark.parametrize(("score", "seen"), [(0.4, False), (0.6, True)], ids=["doubtful", "sure"])
def test_one_picture_alone_is_believed_when_it_is_sure(score, seen):
    result = detected({"bird a": gliding((0.5, 0.5), STILL, score=score, during=(2.0, 2.1))})

    assert bool(result.objects) == seen


def test_what_is_doubtful_throughout_is_not_told():
    assert detected({"kite a": gliding((0.5, 0.5), STILL, score=(SURE + AT_LEAST) / 2)}).objects == ()


def test_samples_are_boxes_of_the_kind_in_order_of_time():
    (car,) = detected({"car a": gliding((0.2, 0.5), (0.1, 0.0), (0.2, 0.1))}).objects

    assert len(car.samples) == 10
    for sample in car.samples:
        middle = (sample.x1 + sample.x2) / 2
        assert middle == pytest.approx(0.2 + 0.1 * sample.t, abs=1e-3)
    assert [each.t for each in car.samples] == sorted(each.t for each in car.samples)


def test_the_sample_is_the_surest_of_its_part():
    faint, clear = gliding((0.3, 0.5), STILL, score=0.5), gliding((0.3, 0.5), STILL, score=0.9)

    (car,) = detected({"car a": lambda t: clear(t) if abs(t - 1.0) < 0.01 else faint(t)}, seconds=2.0).objects

    assert (car.best_score, max(car.samples, key=lambda each: each.score).t) == (0.9, 1.0)


def test_a_video_without_things_has_none():
    result = detected({})

    assert (result.objects, result.pictures, result.timeline()) == ((), 30, [])
    assert result.headline() == "no object recognised"


def test_the_timeline_is_sorted_and_inside_the_video():
    segments = detected(
        {
            "dog a": gliding((0.2, 0.5), STILL, during=(3.0, 9.0)),
            "cat b": gliding((0.7, 0.5), STILL, during=(1.0, 2.0)),
        }
    ).timeline()

    assert [(each.label, each.start, each.end) for each in segments] == [("cat", 1.0, 2.0), ("dog", 3.0, 6.0)]


def test_a_video_of_one_picture_is_answered():
    (dog,) = detected({"dog a": gliding((0.5, 0.5), STILL)}, seconds=0.2).objects

    assert (dog.first_seen, dog.last_seen, dog.share) == (0.0, 0.2, 1.0)
