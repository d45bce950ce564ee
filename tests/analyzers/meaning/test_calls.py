"""Are calls to action told from what merely sounds like them?

`calls/<language>.txt`: sentences written before the lexicons, each with its types; pairs of lines alternate between
those that the lexicons were tuned on and those that were held out. `calls/later_<language>.txt`: written when that was
done, in four lots, each measured once before the lexicons were tuned on it as well: over all languages precision was
0.97, 0.95, 0.98 and 1.00, recall 0.75, 0.79, 0.68 and 0.78. Those are the figures for what nobody has tuned on; the
tests keep what has been reached since.
"""

from collections import Counter
from pathlib import Path

import pytest

from analyzers.meaning.calls import calls_in
from analyzers.meaning.lexicon import languages, lexicon

LABELLED = Path(__file__).with_name("calls")

Sentence = tuple[frozenset[str], str]
every_language = pytest.mark.parametrize("language", languages())


def sentences(name: str) -> list[Sentence]:
    lines = (LABELLED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    parts = [line.split(" | ", 1) for line in lines]
    return [(frozenset() if types == "-" else frozenset(types.split(",")), text) for types, text in parts]


def held_out(language: str) -> list[Sentence]:
    return [each for number, each in enumerate(sentences(language)) if number // 2 % 2]


def scores(labelled: list[Sentence], language: str) -> tuple[float, float]:
    """Precision and recall over pairs of a sentence and a type."""
    counts: Counter[str] = Counter()
    for types, text in labelled:
        found = {call.type for call in calls_in(text, lexicon(language))}
        counts.update(right=len(found & types), wrong=len(found - types), missing=len(types - found))
    return counts["right"] / (counts["right"] + counts["wrong"]), counts["right"] / (
        counts["right"] + counts["missing"]
    )


@every_language
def test_every_language_has_at_least_25_sentences_half_of_them_without_a_call(language):
    labelled = sentences(language)

    assert len(labelled) >= 25
    assert sum(not types for types, _ in labelled) >= 0.4 * len(labelled)


@every_language
def test_precision_and_recall_on_the_held_out_half_reach_nine_tenths(language):
    precision, recall = scores(held_out(language), language)

    assert precision >= 0.9
    assert recall >= 0.9


@every_language
def test_later_sentences_that_were_once_understood_still_are(language):
    precision, recall = scores(sentences(f"later_{language}"), language)

    assert precision >= 0.95
    assert recall >= 0.95


def types_of(text: str, language: str = "en") -> set[str]:
    return {call.type for call in calls_in(text, lexicon(language))}


def test_a_row_of_bare_words_is_a_call_each():
    assert types_of("Like, comment & share!!") == {"like", "comment", "share"}


def test_a_bare_word_in_a_sentence_is_none():
    assert types_of("like I said, people follow trends and share everything") == set()


def test_a_lead_in_makes_bare_words_calls():
    assert types_of("and don't forget to like and share") == {"like", "share"}


def test_a_statement_about_somebody_is_none():
    assert types_of("she wants him to follow me") == set()


def test_a_denial_is_none():
    assert types_of("please don't follow me") == set()


def test_the_evidence_is_what_was_written():
    [call] = calls_in("ok 😀 “ＦＯＬＬＯＷ me” ok?", lexicon("en"))

    assert call.words == "FOLLOW me"
    assert (call.start, call.end) == (6, 15)


def test_a_very_long_text_without_stops_is_searched_to_its_end():
    text = "word " * 3000 + "link in bio"

    assert types_of(text) == {"link"}
