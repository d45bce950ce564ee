"""Does transcript_topics say what the text of a video is about, in its own language, and what it could not read?"""

import logging

import pytest

from analyzers.contract import Inputs
from analyzers.errors import Skipped
from analyzers.meaning.hashtags import hashtags
from analyzers.meaning.keywords import keywords
from analyzers.meaning.readability import ease_of, readability, syllables
from analyzers.meaning.text_words import clauses, sentences, without_asides, words
from analyzers.meaning.transcript_topics import TranscriptTopics, TranscriptTopicsResult
from analyzers.report import nonsense_in
from tests.analyzers.meaning.sayings import overlay, overlays, texts, transcript, voice
from tests.analyzers.meaning.test_cta_detection import HARD, NO_ASR, NO_OCR

#: Captions with the subject and the sentiment a reader would give them; None where it is neither good nor bad.
LABELLED = [
    ("en", "food", "positive", "This garlic pasta recipe is so good, the best dinner I ever had, you will love it!"),
    ("en", "pets", "positive", "My puppy met the new kitten today and it was the sweetest, happiest thing."),
    ("en", "tech", "negative", "This phone is terrible. The software crashes, the apps are slow, I hate this iphone."),
    ("es", "fitness", None, "Rutina de gimnasio para principiantes: tres series de sentadillas, plancha y cardio."),
    ("es", "beauty", "negative", "Esta crema es horrible, me dejó la piel peor y el maquillaje fatal."),
    ("pt", "travel", "positive", "Melhor viagem da minha vida, a praia é linda e o hotel é maravilhoso!"),
    ("pt", "cars", "negative", "O carro quebrado na garagem de novo, motor péssimo, que raiva."),
    ("fr", "fashion", "positive", "J'adore cette robe, ma tenue préférée avec ces chaussures magnifiques !"),
    ("fr", "home", None, "On range la chambre puis le salon, ensuite les meubles de la cuisine."),
    ("de", "education", None, "Drei Tipps, wie man für die Prüfung in Mathe und Physik lernen kann."),
    ("de", "travel", "negative", "Der Flug war furchtbar, das Hotel schrecklich und der Strand enttäuschend."),
    ("id", "food", "positive", "Resep ayam goreng sambal ini enak banget, cocok buat makan siang, mantap!"),
    ("id", "finance", None, "Cara nabung uang dari gaji bulanan supaya bisa investasi saham."),
    ("zh", "pets", "positive", "我家的小猫太可爱了，每天看它都很开心，猫咪真的治愈。"),
    ("zh", "finance", None, "工资怎么存钱，普通人理财和买基金的三个步骤。"),
    ("ja", "beauty", "positive", "このコスメ最高、メイクが簡単で肌もきれいに見えるのでおすすめです。"),
    ("ja", "sports", None, "サッカーの試合でゴールを決めた選手の練習を見に行きました。"),
    ("ko", "fitness", None, "헬스장에서 하는 스쿼트와 복근 운동을 순서대로 해 봤어요."),
    ("ko", "travel", "positive", "제주 여행 숙소 추천, 바다가 정말 예쁘고 맛있는 카페도 최고였어요."),
]


def analyze(inputs: Inputs) -> TranscriptTopicsResult:
    result = TranscriptTopics().analyze(inputs)
    assert nonsense_in(result, inputs.video) == ""
    return result


@pytest.mark.parametrize(("code", "subject", "label", "text"), LABELLED, ids=lambda value: str(value)[:20])
def test_language_subject_and_sentiment_are_those_a_reader_gives(code, subject, label, text):
    result = analyze(texts(caption=text))

    assert result.language.code == code
    assert result.topics[0].name == subject
    if label is not None:
        assert result.sentiment.label == label


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Das Essen war gut und schön", "Das Essen war nicht gut und nicht schön"),
        ("La comida estaba muy buena y rica", "La comida no estaba buena ni rica nada"),
        ("今天的菜很好吃我很喜欢这家店", "今天的菜不好吃我不喜欢这家店"),
        ("この料理はおいしいし楽しい一日だった", "この料理はおいしくないし楽しくない一日だった"),
    ],
)
def test_a_negation_turns_the_sentiment(good, bad):
    assert analyze(texts(caption=good)).sentiment.label == "positive"
    assert analyze(texts(caption=bad)).sentiment.label != "positive"


def test_too_little_text_has_no_sentiment_and_no_language():
    result = analyze(texts(caption="ok wow"))

    assert (result.sentiment, result.language, result.readability) == (None, None, None)


def test_a_language_without_a_lexicon_has_no_sentiment_but_keywords():
    result = analyze(texts(caption="Сегодня мы готовим настоящий украинский борщ со сметаной"))

    assert result.language.code == "ru"
    assert result.sentiment is None
    assert "борщ" in [keyword.text for keyword in result.keywords]


def test_hashtags_come_from_the_caption_and_the_picture_without_their_sign():
    result = analyze(texts(caption="so good #FoodTok #食べ物 #2024 #a#b", written=overlays(overlay("#GRWM"))))

    assert result.hashtags == ("grwm", "foodtok", "食べ物", "a", "b")


def test_hashtags_name_the_subject_even_in_a_language_without_a_lexicon():
    assert analyze(texts(caption="Сегодня мы готовим #recipe #foodtok")).topics[0].name == "food"


def test_a_foreign_word_that_looks_like_a_subject_in_english_is_none():
    """German "Art" is no art, and "rock" is a skirt."""
    result = analyze(
        texts(caption="Auf diese Art und Weise geht das am besten, jede Art von Problem verschwindet dabei")
    )

    assert result.topics == ()


def test_burnt_in_subtitles_do_not_count_twice():
    said = transcript(["the", "secret", "of", "this", "sauce", "is", "fresh", "garlic"])

    once = analyze(texts(said=said))
    twice = analyze(texts(said=said, written=overlays(overlay("The secret of this sauce"), overlay("is fresh garlic"))))

    assert twice.word_count == once.word_count
    assert twice.sources == ("speech",)


def test_the_transcript_tells_the_language_of_what_is_said():
    assert analyze(texts(said=transcript(["jamón", "ibérico"], language="es"))).language.code == "es"


def test_no_text_at_all_is_skipped():
    with pytest.raises(Skipped, match="no speech, text or caption"):
        analyze(texts(written=overlays(), heard=voice()))


def test_speech_without_a_transcript_is_told():
    result = analyze(texts(heard=voice((0.5, 8.0)), caption="my day at the beach", lacks=[NO_ASR]))

    assert result.degraded_because() == NO_ASR


def test_nothing_but_speech_without_a_transcript_is_skipped_with_the_reason():
    with pytest.raises(Skipped, match="speech_transcription is unavailable"):
        analyze(texts(heard=voice((0.5, 8.0)), lacks=[NO_ASR]))


def test_text_on_the_picture_that_could_not_be_read_is_told():
    assert analyze(texts(caption="my day", lacks=[NO_OCR])).degraded_because() == NO_OCR


@pytest.mark.parametrize("hard", HARD, ids=lambda text: f"{text[:12]!a}… ({len(text)})")
def test_hard_captions_are_answered(hard):
    analyze(texts(caption=f"#a {hard}", written=overlays(overlay(hard[:3000] or " "))))


def test_answers_are_the_same_each_time():
    inputs = texts(caption=LABELLED[0][3] + " " + LABELLED[1][3])

    assert analyze(inputs) == analyze(inputs)


def test_the_abstract_of_the_yake_demonstration_yields_its_subject():
    """The example of YAKE's own documentation; its best keyword is a name that comes back ("Google", "Kaggle")."""
    text = (
        "Sources tell us that Google is acquiring Kaggle, a platform that hosts data science and machine learning "
        "competitions. Details about the transaction remain somewhat vague, but given that Google is hosting its Cloud "
        "Next conference in San Francisco this week, the official announcement could come as early as tomorrow. "
        "Reached by phone, Kaggle co-founder CEO Anthony Goldbloom declined to deny that the acquisition is happening. "
        "Google itself declined to comment on rumors. Kaggle, which has about half a million data scientists on its "
        "platform, was founded by Goldbloom and Ben Hamner in 2010."
    )

    found = {keyword.text.casefold() for keyword in analyze(texts(caption=text)).keywords}

    assert {"google", "kaggle"} <= found
    assert found & {"san francisco", "machine learning competitions", "ceo anthony goldbloom", "anthony goldbloom"}


def test_keywords_neither_begin_nor_end_with_stop_words():
    found = keywords([["the", "art", "of", "war"], ["the", "war"]], frozenset({"the", "of"}), longest=3, spaced=True)

    assert {keyword.text for keyword in found} <= {"art of war", "art", "war"}
    assert found[0].score == 1.0


def test_no_words_have_no_keywords():
    assert keywords([], frozenset(), longest=3, spaced=True) == ()
    assert keywords([["the"]], frozenset({"the"}), longest=3, spaced=True) == ()


@pytest.mark.parametrize(
    ("sentence", "published"),
    [
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature", 37.5),
        ("This sentence taken as a reading passage unto itself is being used to prove a point", 69.0),
        ("The cat sat on the mat", 116.1),
    ],
)
def test_flesch_reading_ease_equals_published_values(sentence, published):
    assert ease_of([sentence.split()], "en").ease == pytest.approx(published, abs=0.1)


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        (
            "en",
            "home:1 houses:2 named:1 wanted:2 create:2 science:2 video:3 table:2 people:2 area:3 recipe:3 question:2",
        ),
        ("es", "tierra:2 país:2 río:2 aéreo:4 que:1 guitarra:3 agua:2 ciudad:2 poeta:3 muy:1 pingüino:3 murciélago:4"),
        ("de", "haus:1 katze:2 liebe:2 feuer:2 theater:3 europa:3 bäume:2 see:1 museum:3 straße:2 aquarium:4"),
        ("fr", "maison:2 table:1 école:2 beau:1 famille:2 vie:1 réaliser:4 théâtre:2 oiseau:2 musique:2 langue:1"),
        ("pt", "casa:2 pão:1 coração:3 água:2 queijo:2 país:2 saúde:3 muito:2 dia:2 guitarra:3 família:4"),
    ],
)
def test_syllables_are_those_of_the_dictionary(language, counted):
    truth = {word: int(number) for word, number in (each.split(":") for each in counted.split())}

    assert {word: syllables(word, language) for word in truth} == truth


def test_the_formulas_are_those_of_their_authors():
    """Ten words of two syllables in one sentence."""
    sentence = [["casa"] * 10]

    assert ease_of(sentence, "es").ease == pytest.approx(206.84 - 0.60 * 200 - 1.02 * 10)
    assert ease_of(sentence, "pt").ease == pytest.approx(248.835 - 1.015 * 10 - 84.6 * 2, abs=0.01)
    assert ease_of([["katze"] * 10], "de").ease == pytest.approx(180 - 10 - 58.5 * 2)
    assert ease_of([["maison"] * 10], "fr").ease == pytest.approx(207 - 1.015 * 10 - 73.6 * 2)


def test_ease_needs_thirty_words_and_a_formula():
    assert readability([["word"] * 29], "en") is None
    assert readability([["word"] * 30], "en") is not None
    assert readability([["word"] * 30], "id") is None
    assert readability([["word"] * 30], None) is None


def test_addresses_mentions_and_hashtags_are_no_words():
    assert words(without_asides("see https://x.y/z @me #tag www.a.b now"), "en") == ["see", "now"]


def test_sentences_end_with_their_signs_but_not_within_numbers():
    assert sentences("It costs 3.50 now. Buy it!! 真的。好") == ["It costs 3.50 now", "Buy it", "真的", "好"]
    assert clauses("first, second; third") == ["first", " second", " third"]


def test_chinese_is_cut_into_words_silently_and_without_leaving_a_file(capfd, caplog, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with caplog.at_level(logging.DEBUG):
        assert words("我来到北京清华大学", "zh") == ["我", "来到", "北京", "清华大学"]

    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_japanese_is_cut_where_its_scripts_change():
    assert words("今日はチーズパスタを作る", "ja") == ["今日", "は", "チーズパスタ", "を", "作", "る"]


def test_hashtags_need_a_letter_and_are_told_once():
    assert hashtags(["#One #one #123 # #a_b ＃タグ", "#one"]) == ("one", "a_b", "タグ")
