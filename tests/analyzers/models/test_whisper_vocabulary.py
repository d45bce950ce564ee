"""Do a Whisper tokeniser's tokens become the words that were written?"""

import json
from pathlib import Path

import pytest

from analyzers.models.whisper_vocabulary import Vocabulary
from tests.analyzers.models.checkpoints_speech import LANGUAGES, build_speech, build_tokeniser

pytestmark = pytest.mark.integration  # loads a tokeniser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_speech(tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="module")
def vocabulary(folder: Path) -> Vocabulary:
    return Vocabulary.read(folder)


def tokens_of(folder: Path, text: str) -> list[int]:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text, add_special_tokens=False).ids


def words(vocabulary: Vocabulary, folder: Path, text: str, language: str) -> list[str]:
    return [word.text for word in vocabulary.words(tokens_of(folder, text), language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ask not, what you can do.", [" Ask", " not,", " what", " you", " can", " do."]),
        (" It isn't well-known: 3,000 (or more)!", [" It", " isn't", " well-known:", " 3,000", " (or", " more)!"]),
        (" ¿Qué tal, señor?", [" ¿Qué", " tal,", " señor?"]),
        (' He said "go home".', [" He", " said", ' "go', ' home".']),
        (" Привет, мир!", [" Привет,", " мир!"]),
        (" naïve 🙂 text", [" naïve", " 🙂", " text"]),
    ],
)
def test_words_end_at_spaces_and_keep_their_punctuation(vocabulary, folder, text, expected) -> None:
    assert words(vocabulary, folder, text, "es") == expected


def test_a_language_without_spaces_is_cut_between_characters(vocabulary, folder) -> None:
    parts = words(vocabulary, folder, "我们去学校。好吗？", "zh")

    assert "".join(parts) == "我们去学校。好吗？"
    assert len(parts) > 3
    assert "\ufffd" not in "".join(parts)
    assert [part for part in parts if part in "。？"] == []


@pytest.mark.parametrize("text", [" Ask not (what) your country", "我们去学校。", " half a \x80", "", "🙂🙂"])
def test_every_token_belongs_to_one_word(vocabulary, folder, text) -> None:
    tokens = tokens_of(folder, text)[: -1 or None]

    found = vocabulary.words(tokens, "en")

    assert [each for word in found for each in range(word.first, word.last)] == list(range(len(tokens)))


def test_the_prompt_is_start_language_task_and_no_times(vocabulary, tmp_path) -> None:
    special = build_tokeniser(tmp_path)

    prompt = vocabulary.prompt("de")

    names = ("<|startoftranscript|>", "<|de|>", "<|transcribe|>", "<|notimestamps|>")
    assert prompt == [special[name] for name in names]
    assert vocabulary.no_speech == special["<|nospeech|>"]
    assert vocabulary.languages == LANGUAGES


def test_a_model_that_knows_english_alone_needs_no_language(folder) -> None:
    from tokenizers import Tokenizer

    config = json.loads((folder / "generation_config.json").read_text())
    english = {name: value for name, value in config.items() if name not in ("lang_to_id", "task_to_id")}

    vocabulary = Vocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")), english)

    assert vocabulary.languages == ()
    assert vocabulary.prompt("en") == [config["decoder_start_token_id"], config["no_timestamps_token_id"]]
