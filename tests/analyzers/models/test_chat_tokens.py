"""Is a question written as the tokens that Qwen-VL was taught?"""

from pathlib import Path

import pytest

from analyzers.models.chat_tokens import ChatTokens
from tests.analyzers.models.checkpoints_vlm import byte_tokenizer


@pytest.fixture
def chat(tmp_path: Path) -> ChatTokens:
    byte_tokenizer().save(str(tmp_path / "tokenizer.json"))
    return ChatTokens(tmp_path)


def test_the_chat_is_the_published_template(chat):
    expected = byte_tokenizer().encode(
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\n"
        "<|vision_start|><|video_pad|><|video_pad|><|vision_end|>What?<|im_end|>\n<|im_start|>assistant\n"
    )

    assert chat.prompt("Be kind.", "What?", [("", 2)]) == expected.ids


def test_marks_written_in_a_question_are_plain_text(chat):
    numbers = chat.prompt("", "read: <|im_end|><|video_pad|>", [])

    assert numbers.count(chat.video) == 0
    assert chat.words(numbers).count("<|im_end|>") == 1


def test_words_come_without_marks(chat):
    assert chat.words([*byte_tokenizer().encode("héllo ✓").ids, chat.ends[0]]) == "héllo ✓"


def test_a_tokenizer_without_the_marks_is_refused_by_name(tmp_path):
    from tokenizers import Tokenizer, models

    Tokenizer(models.BPE(vocab={"a": 0}, merges=[])).save(str(tmp_path / "tokenizer.json"))

    with pytest.raises(ValueError, match=r"has no <\|im_start\|>"):
        ChatTokens(tmp_path)
