"""Do phrases mean what their notation says?"""

import pytest

from analyzers.meaning.folding import fold, folded, without_accents
from analyzers.meaning.phrases import PhraseError, pattern_of


def finds(phrase: str, text: str, spaced: bool = True) -> bool:
    return pattern_of([phrase], spaced=spaced).search(folded(text)) is not None


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("follow me", "please FOLLOW me!"),
        ("follow me", "followme"),
        ("follow/join me", "join me"),
        ("link in (my/the) bio", "link in bio"),
        ("link in (my/the) bio", "Link in the bio"),
        ("{link in/see my} bio", "see my bio"),
        ("drop … like", "drop me a big like"),
        ("drop … like", "drop like"),
        ("recommend*", "recommended"),
        ("# likes", "10.000 likes"),
        ("# likes", "5k likes"),
        ("# likes", "10 mil likes"),
        ("follow @", "follow @some.body_1"),
        ("what do you think $", "so what do you think?"),
        ("^ follow", "…follow"),
        ("don't forget", "dont forget"),
        ("don't forget", "don’t forget"),
        ("sígueme", "sigueme"),
        ("für mehr", "fuer mehr"),
        ("für mehr", "fur mehr"),
        ("abonne-toi", "abonne toi"),
        ("follow me", "𝐅𝐨𝐥𝐥𝐨𝐰 𝐦𝐞"),
        ("follow me", "ＦＯＬＬＯＷ　ＭＥ"),
        ('comment "', "comment “yes”"),
    ],
)
def test_a_phrase_is_found(phrase, text):
    assert finds(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("follow me", "follow mejor"),
        ("follow me", "unfollow me"),
        ("recommend", "recommended"),
        ("drop … like", "drop what you do and come over here like now"),
        ("drop … like", "drop. like"),
        ("partage", "partagé"),
        ("what do you think $", "what do you think happened"),
        ("^ follow", "i follow"),
        ("# likes", "many likes"),
    ],
)
def test_a_phrase_is_not_found_where_it_is_not_meant(phrase, text):
    assert not finds(phrase, text)


def test_scripts_without_spaces_are_searched_anywhere_with_or_without_gaps():
    assert finds("点 (个) 赞", "记得点个赞哦", spaced=False)
    assert finds("点 (个) 赞", "记得点 赞哦", spaced=False)
    assert finds("为 … 点赞", "为他们点赞", spaced=False)
    assert not finds("为 … 点赞", "为他们,点赞", spaced=False)


@pytest.mark.parametrize("phrase", ["", "(only this)", "…", "(open", "a) b", "{a/}", "a {b"])
def test_what_is_no_phrase_is_refused(phrase):
    with pytest.raises(PhraseError):
        pattern_of([phrase], spaced=True)


def test_no_phrases_find_nothing():
    assert pattern_of([], spaced=True).search("anything") is None


def test_folding_keeps_track_of_where_characters_come_from():
    text = fold("Straße “ＯＫ” ﬁn")

    at = text.text.index("ok")

    assert text.text == 'strasse "ok" fin'
    assert text.source(at, at + 2) == "OK"
    assert text.source(0, 7) == "Straße"


def test_folding_drops_what_nobody_sees():
    assert folded("li\u200bke\ufe0f \x00th\ud800is") == "like this"


def test_accents_are_taken_off_latin_letters_alone():
    assert without_accents("sígueme ñ が й 한") == "sigueme n が й 한"
