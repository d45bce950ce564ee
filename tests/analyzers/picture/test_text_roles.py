"""What is a text for, judged by its size, place and time, and in which script is it?"""

import pytest

from analyzers.picture.text_roles import role_of, script_of


@pytest.mark.parametrize(
    ("box", "line", "seconds", "presence", "role"),
    [
        ((0.04, 0.03, 0.25, 0.06), 0.02, 30.0, 1.0, "watermark"),
        ((0.04, 0.03, 0.25, 0.06), 0.02, 3.0, 0.1, "sticker"),
        ((0.35, 0.96, 0.65, 0.99), 0.03, 30.0, 1.0, "watermark"),
        ((0.2, 0.65, 0.8, 0.7), 0.04, 2.0, 0.1, "caption"),
        ((0.2, 0.65, 0.8, 0.7), 0.04, 20.0, 0.7, "title"),
        ((0.1, 0.15, 0.9, 0.25), 0.06, 5.0, 0.2, "title"),
        ((0.1, 0.15, 0.9, 0.25), 0.06, 30.0, 1.0, "title"),
        ((0.1, 0.15, 0.4, 0.18), 0.02, 5.0, 0.2, "sticker"),
        ((0.1, 0.15, 0.9, 0.25), 0.06, 1.0, 0.1, "sticker"),
    ],
    ids=[
        "small in a corner throughout",
        "small in a corner for a while",
        "small at the very bottom throughout",
        "below the middle for as long as a subtitle",
        "below the middle for long",
        "large above for a while",
        "large above throughout",
        "small above",
        "large above for a moment",
    ],
)
def test_a_role_follows_from_size_place_and_time(box, line, seconds, presence, role):
    assert role_of(box, line, seconds, presence) == role


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Café für 2", "latin"),
        ("我一下就把你们逮住了", "han"),
        ("東京に行きます", "japanese"),
        ("안녕하세요", "korean"),
        ("Привет", "cyrillic"),
        ("مرحبا", "arabic"),
        ("50 %!", "none"),
        ("ＳＡＬＥ", "latin"),
    ],
)
def test_the_script_is_that_of_most_letters(text, script):
    assert script_of(text) == script
