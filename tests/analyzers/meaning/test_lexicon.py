"""Are the lexicons complete, and are bad ones refused?"""

import tomllib
from pathlib import Path

import pytest

from analyzers.meaning.lexicon import (
    CALLS,
    LEXICONS,
    OPENINGS,
    SUBJECTS,
    LexiconError,
    languages,
    lexicon,
    read_lexicon,
)

every_language = pytest.mark.parametrize("language", languages())


def test_the_promised_languages_are_there():
    assert set(languages()) == {"de", "en", "es", "fr", "id", "ja", "ko", "pt", "zh"}


@every_language
def test_every_lexicon_can_be_read_and_has_all_types(language):
    known = lexicon(language)

    assert tuple(known.calls) == CALLS
    assert tuple(known.openings) == OPENINGS
    assert tuple(known.subjects) == SUBJECTS


@every_language
def test_no_phrase_of_a_call_matches_nothing_or_a_mere_stop_word(language):
    """A phrase whose parts are all optional, by a slip of the brackets, would be found everywhere."""
    known = lexicon(language)
    words = ["", *known.stop_words] if known.spaced else [""]

    found = [(kind, word) for kind, call in known.calls.items() for word in words if call.phrases.search(word)]

    assert found == []


@every_language
def test_no_word_of_a_subject_is_a_stop_word(language):
    known = lexicon(language)

    subjects = {word for words in known.subjects.values() for word in words.whole}

    assert subjects.isdisjoint(known.stop_words)


def test_a_language_without_a_file_has_no_lexicon():
    assert lexicon("xx") is None
    assert lexicon("../en") is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace("[calls.duet]", "[calls.dance]"), "missing .*duet.*unknown .*dance"),
        (lambda text: text.replace('"double tap"', '"double tap", "Double Tap"'), "'Double Tap' twice"),
        (lambda text: text.replace('"double tap"', '"double tap", "share if"'), "'share if' twice"),
        (lambda text: text.replace('"double tap"', '"double (tap"'), "no phrase"),
        (lambda text: text.replace('"double tap"', '"(double tap)"'), "no phrase"),
        (lambda text: text.replace("spaced = true", "spaced = true\nspacing = 1"), "unknown .*spacing"),
        (lambda text: text.replace("spaced = true", ""), "missing .*spaced"),
        (lambda text: text.replace("spaced = true", "spaced = "), "Invalid value"),
        (lambda text: text.replace('negators = "', 'negators = "not '), "'not' twice"),
    ],
    ids=[
        "a type that is missing",
        "a phrase twice",
        "a phrase in two types",
        "a bracket left open",
        "nothing but optional parts",
        "an unknown part",
        "a missing part",
        "no TOML",
        "a word twice",
    ],
)
def test_a_bad_lexicon_is_refused_with_its_name_and_the_reason(tmp_path: Path, change, complaint):
    bad = tmp_path / "en.toml"
    bad.write_text(change((LEXICONS / "en.toml").read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(LexiconError, match=f"en.toml.*{complaint}"):
        read_lexicon(bad)


@every_language
def test_files_are_named_for_their_language(language):
    name = tomllib.loads((LEXICONS / f"{language}.toml").read_text(encoding="utf-8"))["name"]

    assert lexicon(language).name == name


@every_language
def test_no_word_is_both_good_and_bad(language):
    known = lexicon(language)

    assert known.positive.whole.isdisjoint(known.negative.whole)
    assert known.positive.whole.isdisjoint(known.stop_words)
    assert known.negative.whole.isdisjoint(known.stop_words)
