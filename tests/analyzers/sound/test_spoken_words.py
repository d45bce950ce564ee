"""Are words, syllables and fillers counted as people of each language would?"""

import pytest

from analyzers.sound.speech_languages import caption_language, language
from analyzers.sound.speech_transcription import Word
from analyzers.sound.spoken_words import count_syllables, count_words, find_fillers


def words(text: str) -> list[Word]:
    return [Word(each, float(number), number + 0.5, 0.9) for number, each in enumerate(text.split())]


@pytest.mark.parametrize(
    ("code", "text", "syllables"),
    [
        ("en", "time make jumped wanted table little apples science idea being created", 21),
        ("en", "the people loved every beautiful house - really", 13),
        ("es", "queso guitarra tierra día agua muy país ciudad reina construir", 20),
        ("pt", "coração não quero guerra pão família água", 15),
        ("fr", "table porte homme oiseau manger petite l'école aujourd'hui", 14),
        ("de", "Häuser Frau schreiben Liebe Theater aufräumen", 13),
        ("id", "pulau saya makan nasi goreng pantai", 12),
        ("it", "cuore piano famiglia grazie più ciao", 13),
        ("ru", "в молоке хорошо", 6),
        ("zh", "我们 去 学校", 5),
        ("ko", "안녕 하세요", 5),
    ],
)
def test_syllables_of_words_are_those_of_a_dictionary(code: str, text: str, syllables: int) -> None:
    assert count_syllables(words(text), language(code)) == pytest.approx(syllables, abs=1)


def test_hyphenated_words_are_counted_part_by_part() -> None:
    assert count_syllables(words("well-known twenty-one"), language("en")) == 5


def test_syllables_are_not_told_where_spelling_does_not() -> None:
    assert count_syllables(words("今日 は"), language("ja")) is None
    assert count_syllables(words("hello"), language("xx")) is None


def test_signs_alone_are_no_words() -> None:
    assert count_words(words("well – yes ♪ no."), language("en")) == 3


@pytest.mark.parametrize(
    ("code", "text", "expected"), [("zh", "我们 今天 去 学校。", 7 / 1.61), ("ja", "えっと、 はい", 5 / 1.85)]
)
def test_a_language_without_spaces_counts_its_characters(code: str, text: str, expected: float) -> None:
    assert count_words(words(text), language(code)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("en", "Um, so you know, I, uh, want the umbrella", ["um", "you know", "uh"]),
        ("es", "Eh, bueno, o sea... este libro", ["eh", "o sea"]),
        ("pt", "Hum, quer dizer, né?", ["hum", "quer dizer", "né"]),
        ("fr", "Euh, tu vois, le beurre", ["euh", "tu vois"]),
        ("de", "Ähm, das ist, äh, sozusagen gut", ["ähm", "äh", "sozusagen"]),
        ("id", "Anu, apa namanya, eh", ["anu", "apa namanya", "eh"]),
        ("zh", "嗯， 我 就是 说 好", ["嗯", "就是说"]),
        ("ja", "えっ と、 そう", ["えっと"]),
        ("xx", "um uh", []),
    ],
)
def test_fillers_are_found_whole(code: str, text: str, expected: list[str]) -> None:
    assert [filler.text for filler in find_fillers(words(text), language(code))] == expected


def test_a_filler_has_the_time_of_its_words() -> None:
    [filler] = find_fillers(words("so you know it"), language("en"))

    assert (filler.start, filler.end) == (1.0, 2.5)


@pytest.mark.parametrize("code", ["en", "es", "pt", "fr", "de", "id", "zh", "ja"])
def test_the_languages_of_most_videos_have_fillers_and_a_length_of_words(code: str) -> None:
    known = language(code)

    assert known is not None
    assert len(known.fillers) >= 4
    assert 1.0 < known.syllables_per_word < 3.0


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("This is how I clean my kitchen in ten minutes #fyp", "en"),
        ("Así limpio mi cocina en diez minutos todos los días", "es"),
        ("So putze ich meine Küche in zehn Minuten", "de"),
        ("lol #cleaning #kitchen #foryoupage", ""),
        ("https://example.com/some/long/address @someone", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_caption_is_told_when_it_is_long_enough(caption: str, expected: str) -> None:
    assert caption_language(caption) == expected
