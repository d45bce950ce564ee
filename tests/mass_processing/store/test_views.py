"""Do the views show what the analyses hold, whatever shape these have?"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from analyzers.catalog import ANALYZERS
from analyzers.document import analysis_document
from analyzers.models import Device, ModelShelf
from analyzers.run import Analysis, analyze_video
from benchmarks.store.specimens import specimen
from mass_processing.demo.encode import write_clip
from mass_processing.demo.sounds import beat, speech_like
from mass_processing.migrate import known_migrations
from mass_processing.records import FailureClass, Job, JobFilter, Stage
from mass_processing.results import result_document
from mass_processing.store import Store
from tests.analyzers.models.all_checkpoints import build_all
from tests.analyzers.picture.scenes import look, world
from tests.analyzers.picture.stills import lettered
from tests.mass_processing.store.acts import ANALYSIS, Database, add, analysing, claimed, completed, downloaded, tiktok

#: The column of each field of a typed result. `results` are those of an analysis by analyzer.
TRUTH: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "summary": lambda results: results["qwen2_vl_temporal"].caption,
    "language": lambda results: results["transcript_topics"].language.code,
    "spoken_language": lambda results: results["speech_transcription"].language,
    "topics": lambda results: [each.name for each in results["transcript_topics"].topics],
    "sentiment": lambda results: results["transcript_topics"].sentiment.polarity,
    "words": lambda results: results["transcript_topics"].word_count,
    "hook_type": lambda results: results["hook_analysis"].hook_type,
    "hook_strength": lambda results: results["hook_analysis"].strength,
    "hook_words": lambda results: results["hook_analysis"].openings[0].words,
    "first_speech_s": lambda results: results["hook_analysis"].t_first_speech,
    "first_text_s": lambda results: results["hook_analysis"].t_first_text,
    "first_face_s": lambda results: results["hook_analysis"].t_first_face,
    "first_cut_s": lambda results: results["hook_analysis"].t_first_cut,
    "first_motion_s": lambda results: results["hook_analysis"].t_first_motion,
    "first_sound_s": lambda results: results["hook_analysis"].t_first_sound,
    "cuts": lambda results: len(results["cut_analysis"].cuts),
    "cuts_per_minute": lambda results: results["cut_analysis"].cuts_per_minute,
    "average_shot_s": lambda results: results["cut_analysis"].average_shot_length,
    "scenes": lambda results: len(results["scene_segmentation"].scenes),
    "motion": lambda results: results["motion_analysis"].energy,
    "pace": lambda results: results["motion_analysis"].pace,
    "camera": lambda results: results["camera_analysis"].dominant,
    "effects": lambda results: list(dict.fromkeys(each.type for each in results["visual_effects"].effects)),
    "text_share": lambda results: results["text_overlay"].text_share,
    "texts": lambda results: len(results["text_overlay"].texts),
    "face_count": lambda results: results["face_framing"].face_count,
    "face_share": lambda results: results["face_framing"].face_share,
    "people": lambda results: results["body_pose"].most_at_once,
    "objects": lambda results: [each.label for each in results["object_detection"].objects],
    "products": lambda results: [each.item for each in results["product_detection"].products],
    "brands": lambda results: list(dict.fromkeys(each.name for each in results["product_detection"].brands)),
    "place": lambda results: results["scene_classification"].place,
    "indoor": lambda results: results["scene_classification"].indoor,
    "action": lambda results: results["action_recognition"].label,
    "background": lambda results: results["background_segmentation"].bg_type,
    "shape": lambda results: results["composition_analysis"].shape,
    "brightness": lambda results: results["color_analysis"].brightness,
    "main_colour": lambda results: results["color_analysis"].palette[0].hex,
    "grade": lambda results: results["color_analysis"].grade,
    "sharpness": lambda results: results["image_quality"].quality.sharpness,
    "loudness_lufs": lambda results: results["audio_analysis"].integrated_lufs,
    "speech_share": lambda results: results["voice_activity"].speech_ratio,
    "words_per_minute": lambda results: results["speech_rate"].wpm,
    "pause_share": lambda results: results["speech_rate"].pause_ratio,
    "pitch_hz": lambda results: results["speech_prosody"].f0_median_hz,
    "sounds": lambda results: [each.label for each in results["sound_events"].tags],
    "music_probability": lambda results: results["music_analysis"].music_probability,
    "bpm": lambda results: results["music_analysis"].bpm,
    "music_key": lambda results: results["music_analysis"].key,
    "on_beat_share": lambda results: results["audio_visual_sync"].on_beat_ratio,
    "calls_to_action": lambda results: list(results["cta_detection"].types),
    "first_call_s": lambda results: results["cta_detection"].first_call,
    "video_hash": lambda results: results["video_fingerprint"].video_hash,
}
#: And of each fact of the download, of the video, and what follows from them.
FACTS = (
    *("author", "caption", "hashtags", "sound", "sound_artists", "posted_at", "counted_at", "views", "likes"),
    *("comments", "shares", "saves", "width", "height", "engagement_rate"),
)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """All analyzers, with small randomly initialised weights, on six shots with text, speech and music."""
    folder = tmp_path_factory.mktemp("views")
    pictures = [
        lettered(look(world(n // 10, 90, span=3.0), (320, 180), x=0.01 * (n % 10)), "Wait for it", (90, 240), 24)
        for n in range(60)
    ]
    sound = np.concatenate([speech_like(3.0), beat(3.0, 120)]).astype(np.float32)
    clip = write_clip(folder / "clip.mp4", pictures, fps=10, sound=sound)
    shelf = ModelShelf(Device(threads=2), build_all(folder))
    return analyze_video(clip, ANALYZERS, shelf, scratch=folder / "scratch", caption="follow me for part 2 #cooking")


def finished(store: Store, document: Mapping[str, Any], number: int = 1) -> Job:
    job = analysing(store, number)
    assert store.finish_analysis(job, analysis=document, segments=[])
    return job


def videos(database: Database) -> list[dict[str, Any]]:
    return database.execute("select * from public.videos order by id").fetchall()


@pytest.mark.timeout(600)
def test_the_numbers_of_a_video_are_those_of_its_analysis(store: Store, database: Database, analysis: Analysis) -> None:
    finished(store, result_document(analysing(store, 2), analysis_document(analysis, "cpu"), 9.0), 1)
    (_, row) = videos(database)
    results = {outcome.analyzer: outcome.result for outcome in analysis.outcomes}
    wrong = {}
    for column, truth in TRUTH.items():
        try:
            expected = truth(results)
        except (AttributeError, IndexError):  # nobody can tell
            expected = None
        expected = None if expected == "" else expected  # nothing is null
        if row[column] != (pytest.approx(expected) if isinstance(expected, float) else expected):
            wrong[column] = (row[column], expected)
    assert wrong == {}
    assert (row["width"], row["height"]) == (analysis.video.width, analysis.video.height)


def test_no_number_is_empty_where_everything_is_known(store: Store, database: Database) -> None:
    finished(store, specimen(3).document)
    (row,) = videos(database)
    assert [name for name in (*TRUTH, *FACTS) if row[name] is None] == []


def test_every_number_of_a_video_is_tried_here(database: Database) -> None:
    rows = database.execute(
        "select column_name from information_schema.columns where table_name = 'video_analysis' "
        "and is_generated = 'ALWAYS'"
    ).fetchall()
    assert {row["column_name"] for row in rows} | {"engagement_rate"} == {*TRUTH, *FACTS}


def test_what_the_download_told_is_shown(store: Store, database: Database) -> None:
    each = specimen(3)
    finished(store, each.document)
    (row,) = videos(database)
    assert row["author"] == each.post["uploader"]
    assert row["caption"] == each.post["description"]
    assert row["hashtags"] == each.post["hashtags"]
    assert row["posted_at"].timestamp() == each.post["timestamp"]
    assert row["counted_at"].isoformat() == each.post["fetched_at"]
    assert (row["views"], row["shares"]) == (each.post["view_count"], each.post["repost_count"])


def test_the_numbers_are_gone_while_a_video_runs_anew(store: Store, database: Database) -> None:
    finished(store, specimen(3).document)
    store.requeue(JobFilter(), again=True)
    (row,) = videos(database)
    assert (row["status"], row["cuts_per_minute"], row["views"]) == ("processing", None, None)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"cuts_per_minute": 12.5, "cuts": [1, 2]}, (12.5, 2)),
        ({"cuts_per_minute": "many", "cuts": {"a": 1}}, (None, None)),
        ({"cuts_per_minute": 1e300, "cuts": "none"}, (None, None)),
        ({"cuts_per_minute": 1e-300, "cuts": []}, (0, 0)),
        ({"cuts_per_minute": [3], "cuts": None}, (None, None)),
        ({"cuts_per_minute": None}, (None, None)),
        ([1, 2, 3], (None, None)),
        ("text", (None, None)),
        (None, (None, None)),
    ],
    ids=[
        "a usual one",
        "a text",
        "too large",
        "next to nothing",
        "a list",
        "null",
        "a list of all",
        "words",
        "no result",
    ],
)
def test_a_result_of_another_shape_is_null_and_fails_no_job(
    store: Store, database: Database, result: Any, told: tuple[float | None, int | None]
) -> None:
    finished(
        store,
        {**ANALYSIS, "analyzer_results": {"cut_analysis": {"status": "ok", "result": result, "segments": []}}},
    )
    (row,) = videos(database)
    assert (row["cuts_per_minute"], row["cuts"]) == told


@pytest.mark.parametrize(
    ("source", "posted", "views"),
    [
        ({"timestamp": 1_700_000_000, "view_count": 5}, "2023-11-14T22:13:20+00:00", 5),
        ({"timestamp": "2023-11-14T22:13:20Z", "view_count": 5.0}, "2023-11-14T22:13:20+00:00", 5),
        ({"timestamp": "2023-13-45T22:13:20Z", "view_count": True}, None, None),
        ({"timestamp": "now", "view_count": "5"}, None, None),
        ({"timestamp": "2023-11-14T22:13:20+99:99", "view_count": []}, None, None),
        ({"timestamp": 1e14, "view_count": 1e30}, None, None),
        ({"timestamp": -1e14, "view_count": -1}, None, -1),
        ("gone", None, None),
    ],
    ids=["seconds", "ISO 8601", "no such day", "words", "no such zone", "too large", "too long ago", "no object"],
)
def test_a_fact_of_another_shape_is_null_and_fails_no_job(
    store: Store, database: Database, source: Any, posted: str | None, views: int | None
) -> None:
    finished(store, {**ANALYSIS, "metadata": {**ANALYSIS["metadata"], "source": source}})
    (row,) = videos(database)
    assert (row["posted_at"] and row["posted_at"].isoformat(), row["views"]) == (posted, views)


def test_texts_of_any_shape_and_length_fail_no_job(store: Store, database: Database) -> None:
    job = analysing(store)
    segment = {"analyzer": "text_overlay", "start_s": 0, "end_s": 1, "label": "x" * 5000, "score": None, "data": {}}
    texts = ["wait for it", "word " * 300_000, "x" * 1_000_000, "‮مرحبا\u0000", None, ""]
    assert store.finish_analysis(job, analysis=ANALYSIS, segments=[segment | {"text": text} for text in texts])
    rows = database.execute(
        "select start_s, seconds, text from public.segments where words @@ websearch_to_tsquery('simple', 'wait for')"
    ).fetchall()
    assert [(row["start_s"], row["seconds"], row["text"]) for row in rows] == [(0, 1, "wait for it")]


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ({"a": ["x", "y", "x", 3]}, ["x", "y", "3"]),
        ({"a": [{"n": "x"}, {"m": "y"}, 4]}, []),
        ({"a": []}, []),
        ({"a": "x"}, None),
        ({}, None),
    ],
)
def test_texts_are_each_told_once_in_order(database: Database, document: Any, texts: list[str] | None) -> None:
    key = "n" if isinstance(document.get("a"), list) and {"n": "x"} in document["a"] else None
    row = database.execute("select public.texts_at(%s, '{a}', %s) as texts", [Jsonb(document), key]).fetchone()
    assert row is not None
    assert row["texts"] == (["x"] if key else texts)


def test_failures_are_counted_by_what_they_have_in_common(store: Store, database: Database) -> None:
    reasons = [
        "no answer from https://a.example/x?y=1 within 10.5 s",
        "no answer from https://b.example/ within 9.25 s",
        "status code 10204",
        "status code 10216",
        "/var/media/tiktok_7301234567890123456.mp4: not a video",
        "/srv/media/tiktok_7301234567890123457.mp4: not a video",
    ]
    for number, reason in enumerate(reasons, 1):
        add(store, [tiktok(number)])
        job = claimed(store)
        if "not a video" in reason:
            downloaded(store, job)
            job = claimed(store, Stage.CPU)
        store.fail(job, FailureClass.TRANSIENT, reason)
    rows = database.execute("select stage, reason, videos, example from failures_by_reason order by 1, 2").fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("analysis", "…: not a video", 2, "tiktok:6"),
        ("download", "no answer from … within … s", 2, "tiktok:2"),
        ("download", "status code 10204", 1, "tiktok:3"),
        ("download", "status code 10216", 1, "tiktok:4"),
    ]


def test_each_hour_tells_what_ended_in_it(store: Store, database: Database) -> None:
    completed(store, 1)
    completed(store, 2)
    add(store, [tiktok(3)])
    store.fail(claimed(store), FailureClass.PERMANENT, "gone")
    for table, column in (("processing_queue", "ended_at"), ("video_analysis", "completed_at")):
        database.execute(f"update {table} set {column} = '2026-05-01 10:59:59Z' where video_id = 'tiktok:1'".encode())
        database.execute(f"update {table} set {column} = '2026-05-01 11:00:00Z' where video_id <> 'tiktok:1'".encode())
    rows = database.execute("select * from throughput_hourly order by hour").fetchall()
    assert [row["hour"].hour for row in rows] == [10, 11]
    assert [(row["completed"], row["failed"], row["success_share"]) for row in rows] == [(1, 0, 1.0), (1, 1, 0.5)]
    assert [(row["video_seconds"], row["processing_seconds"]) for row in rows] == [(15, 6), (15, 6)]


def test_the_columns_that_programs_read_by_place_stay_where_they_were(database: Database) -> None:
    rows = database.execute(
        "select column_name from information_schema.columns where table_name = 'videos' order by ordinal_position"
    ).fetchall()
    names = [row["column_name"] for row in rows]
    assert names[:4] == ["id", "video_id", "url", "source"]
    assert names[23:33] == [
        *("metadata", "analyzer_results", "processing_time_seconds", "successful_analyzers", "total_analyzers"),
        *("realtime_factor", "duration_s", "device", "versions", "completed_at"),
    ]


def test_the_file_of_the_views_can_be_run_again(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("drop database if exists twice with (force)")
        server.execute("create database twice")
        with psycopg.connect(database_url.replace("/postgres?", "/twice?"), autocommit=True) as fresh:
            files = [migration for migration in known_migrations() if migration.version <= "0008"]
            for each in (*files, files[-1]):
                fresh.execute(each.sql.encode())
            (columns,) = fresh.execute("select count(*) from pg_attrdef where adrelid = 'video_analysis'::regclass")
            assert columns[0] > len(TRUTH)
        server.execute("drop database twice with (force)")
