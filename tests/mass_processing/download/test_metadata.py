"""Which facts are kept, and are they clean?"""

import json

import pytest

from mass_processing.download.metadata import hashtags, kept_metadata


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("no tags # here", []),
        ("#one and #two", ["one", "two"]),
        ("#one#two", ["one", "two"]),
        ("#Same #same #SAME", ["Same"]),
        ("#größe #日本 #a_b1!", ["größe", "日本", "a_b1"]),
    ],
)
def test_hashtags_are_the_words_after_a_hash(text: str, expected: list[str]) -> None:
    assert hashtags(text) == expected


def test_what_is_not_listed_is_not_kept() -> None:
    kept = kept_metadata(
        {"title": "t", "cookies": "a=b", "formats": [{"cookies": "a=b"}], "http_headers": {"Cookie": "a"}}
    )
    assert set(kept) == {"title", "hashtags", "ytdlp_version", "fetched_at"}


def test_hostile_text_becomes_json_that_a_database_takes() -> None:
    kept = kept_metadata({"description": "a\x00b\ud800c"})
    assert kept["description"] == "abc"
    assert json.loads(json.dumps(kept).encode()) == kept
