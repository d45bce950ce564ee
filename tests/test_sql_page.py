"""Does every query of docs/sql.md answer, and is it right about videos whose truth is known?"""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from benchmarks.store.questions import questions
from benchmarks.store.specimens import Specimen, specimen
from mass_processing.migrate import migrate
from mass_processing.records import FailureClass, Stage
from mass_processing.store import Store
from mass_processing.store.postgres import PostgresDoor

Row = dict[str, Any]

QUESTIONS = questions()
COMPLETED, FAILED, PENDING = 150, 12, 5


@pytest.fixture(scope="module")
def specimens() -> list[Specimen]:
    return [specimen(number) for number in range(COMPLETED)]


@pytest.fixture(scope="module")
def filled(database_url: str, specimens: list[Specimen]) -> Iterator["psycopg.Connection[Row]"]:
    """A database of its own with analyses, failures and waiting jobs."""
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("drop database if exists questions with (force)")
        server.execute("create database questions")
        dsn = database_url.replace("/postgres?", "/questions?")
        migrate(dsn)
        store = Store(PostgresDoor(dsn))
        fill(store, specimens)
        store.close()
        with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
            yield connection
        server.execute("drop database questions with (force)")


def fill(store: Store, specimens: list[Specimen]) -> None:
    known = {each.link.video_id: each for each in specimens}
    links = [each.link for each in specimens] + [specimen(COMPLETED + n).link for n in range(FAILED + PENDING)]
    store.add_links(links, priority=5, batch=None)
    for number in range(COMPLETED + FAILED):
        job = store.claim(Stage.DOWNLOAD, "download1@here")
        assert job is not None
        if job.video_id in known:
            store.finish_download(
                job, video_id=job.video_id, video_path="/media/v.mp4", metadata=known[job.video_id].post
            )
        else:
            reason = f"HTTP 404 at https://www.tiktok.com/@a/video/{7_300_000_000_000_000_000 + number}"
            store.fail(job, FailureClass.PERMANENT, reason)
    while (job := store.claim(Stage.CPU, "cpu1@here")) is not None:
        each = known[job.video_id]
        assert store.finish_analysis(job, analysis=each.document, segments=each.segments)


@pytest.fixture
def answers(filled: "psycopg.Connection[Row]") -> Callable[[int], list[Row]]:
    """The rows that the query of a number answers."""

    def ask(number: int) -> list[Row]:
        (query,) = [query for title, query in QUESTIONS.items() if title.startswith(f"{number}. ")]
        return filled.execute(query.encode()).fetchall()

    return ask


def result(each: Specimen, analyzer: str) -> Row:
    found: Row = each.document["analyzer_results"][analyzer]["result"]
    return found


def engagement(each: Specimen) -> float:
    post = each.post
    acts = post["like_count"] + post["comment_count"] + post["repost_count"] + post["save_count"]
    return float(acts) / float(post["view_count"])


def test_there_are_twenty_questions() -> None:
    assert [int(title.split(".")[0]) for title in QUESTIONS] == list(range(1, 21))


@pytest.mark.integration
@pytest.mark.parametrize("title", QUESTIONS)
def test_every_query_answers(filled: "psycopg.Connection[Row]", title: str) -> None:
    rows = filled.execute(QUESTIONS[title].encode()).fetchall()
    assert rows != []
    assert all(any(row[name] is not None for row in rows) for name in rows[0])


def test_the_engagement_of_each_hook_is_right(answers: Callable[[int], list[Row]], specimens: list[Specimen]) -> None:
    truth: dict[str, list[float]] = {}
    for each in specimens:
        truth.setdefault(result(each, "hook_analysis")["hook_type"], []).append(engagement(each))
    found = {row["hook_type"]: (row["videos"], row["engagement"]) for row in answers(1)}
    assert found == {hook: (len(values), pytest.approx(statistics.mean(values))) for hook, values in truth.items()}


def test_the_classes_of_pace_hold_every_video_once(
    answers: Callable[[int], list[Row]], specimens: list[Specimen]
) -> None:
    truth = Counter(result(each, "cut_analysis")["cuts_per_minute"] // 10 * 10 for each in specimens)
    assert {row["from_cuts_per_minute"]: row["videos"] for row in answers(5)} == truth


def test_a_word_is_found_where_it_is_said_or_shown(
    answers: Callable[[int], list[Row]], specimens: list[Specimen]
) -> None:
    truth = {
        (each.link.url, segment["analyzer"], segment["start_s"])
        for each in specimens
        for segment in each.segments
        if segment["text"] and "coffee" in segment["text"].split()
    }
    found = [(row["url"], row["analyzer"], row["start_s"]) for row in answers(11)]
    assert len(truth) > 10
    assert len(found) == min(50, len(truth))
    assert set(found) <= truth


def test_calls_to_action_are_counted_with_the_videos_that_make_none(
    answers: Callable[[int], list[Row]], specimens: list[Specimen]
) -> None:
    truth = Counter(call for each in specimens for call in result(each, "cta_detection")["types"] or ["none"])
    assert {row["call"]: row["videos"] for row in answers(14)} == truth


def test_hashtags_are_counted_where_they_are_usual(
    answers: Callable[[int], list[Row]], specimens: list[Specimen]
) -> None:
    truth = Counter(tag for each in specimens for tag in each.post["hashtags"])
    assert {row["tag"]: row["videos"] for row in answers(13)} == truth


def test_copies_are_found_by_their_hash(answers: Callable[[int], list[Row]], specimens: list[Specimen]) -> None:
    truth = Counter(result(each, "video_fingerprint")["video_hash"] for each in specimens)
    assert {row["video_hash"]: row["copies"] for row in answers(18)} == {
        name: count for name, count in truth.items() if count > 1
    }


def test_like_failures_are_counted_together(answers: Callable[[int], list[Row]]) -> None:
    (row,) = answers(19)
    assert (row["stage"], row["failure_class"], row["videos"]) == ("download", "permanent", FAILED)
    assert row["reason"] == "HTTP 404 at …"


def test_the_hours_hold_every_ended_video(answers: Callable[[int], list[Row]], specimens: list[Specimen]) -> None:
    rows = answers(20)
    assert sum(row["completed"] for row in rows) == COMPLETED
    assert sum(row["failed"] for row in rows) == FAILED
    truth = sum(each.post["duration"] for each in specimens) / 3600
    assert sum(row["hours_of_video"] for row in rows) == pytest.approx(truth)
