"""Are answers as models really give them read as they are meant, told neutrally, and nothing else taken for one?"""

import pytest

from analyzers.picture.caption_answer import Action, Description, read_answer

#: Seconds of the video that all answers are about.
SECONDS = 6.0
GOOD = """{
  "caption": "A person shows a red dress in a shop.",
  "subjects": ["person", "red dress"],
  "actions": [
    {"action": "holds up the dress", "start": 0.5, "end": 3},
    {"action": "turns around", "start": 3, "end": 6}
  ],
  "setting": "a clothing store"
}"""
READ = Description(
    "A person shows a red dress in a shop.",
    ("person", "red dress"),
    (Action("holds up the dress", 0.5, 3.0), Action("turns around", 3.0, 6.0)),
    "a clothing store",
    prose=False,
)


def read(text: str, *, finished: bool = True) -> Description:
    found = read_answer(text, SECONDS, finished=finished)
    assert found is not None, f"{text!r} could not be read"
    return found


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here is the description:\n\n{GOOD}\n\nLet me know if you need more!",
        GOOD.replace("]", ",]").replace("}\n", ",}\n"),
        GOOD.replace('"', "'"),
        GOOD.replace("person", "young woman").replace("A young", "A smiling, young"),
        f'{{"video": {GOOD}}}',
        f"[{GOOD}]",
        GOOD.strip("{}"),
        GOOD.replace('"caption"', '"Description"').replace('"setting"', '"location"'),
        GOOD.replace('"start": 0.5, "end": 3', '"start": "0:00.5", "end": "00:03"'),
        GOOD.replace('"start": 0.5, "end": 3', '"time": "0.5s - 3.0s"'),
        GOOD.replace('"start": 0.5, "end": 3', '"timestamp": [0.5, 3]'),
        GOOD.replace('{"action": "turns around", "start": 3, "end": 6}', '"turns around (3-6s)"'),
        GOOD.replace('"end": 6', '"end": 75'),
        GOOD.replace('["person", "red dress"]', '"person, red dress"'),
        GOOD.replace('["person", "red dress"]', '[{"name": "person"}, {"name": "red dress"}]'),
        GOOD.replace('"red dress"]', '"red dress", "Person", "red dress"]'),
        GOOD.replace("in a shop.", "in a shop. A person shows a red dress in a shop."),
        GOOD.replace('"a clothing store"', '["a clothing store"]'),
    ],
    ids=[
        "as asked",
        "fenced",
        "words around it",
        "trailing commas",
        "Python's quotes",
        "telling words",
        "inside another object",
        "inside a list",
        "no brackets",
        "other names",
        "clock times",
        "a range in words",
        "a range in a list",
        "times in the text",
        "an end after the end",
        "subjects in one text",
        "subjects as objects",
        "subjects twice",
        "a sentence twice",
        "a list of settings",
    ],
)
def test_answers_that_mean_the_same_are_read_alike(text):
    assert read(text) == READ


@pytest.mark.parametrize("cut", range(70, len(GOOD)))
def test_an_answer_cut_off_anywhere_tells_no_more_than_the_whole(cut):
    found = read(GOOD[:cut], finished=False)

    assert found.caption == READ.caption
    assert set(found.subjects) <= set(READ.subjects)
    assert {action.what for action in found.actions} <= {action.what for action in READ.actions}
    assert found.setting in ("", READ.setting)


def test_a_caption_cut_off_ends_with_its_last_whole_sentence():
    assert read('{"caption": "A person walks in. Then they si').caption == "A person walks in."


def test_the_only_sentence_cut_off_is_marked():
    assert read('{"caption": "A person walks into a sho').caption == "A person walks into a…"


def test_prose_is_a_caption():
    found = read("The video shows a **woman** in a park. She walks her dog.")

    assert found == Description(
        "The video shows a person in a park. The person walks their dog.", (), (), "", prose=True
    )


def test_prose_cut_off_ends_with_its_last_whole_sentence():
    text = "The video shows a person in a park. The person walks th"

    assert read(text, finished=False).caption == "The video shows a person in a park."


def test_a_caption_without_end_is_shortened_to_whole_sentences():
    text = " ".join(f"Then the person puts book number {number} on the shelf." for number in range(100))

    caption = read(text).caption

    assert 500 < len(caption) <= 600
    assert caption.endswith(".")


@pytest.mark.parametrize(
    ("told", "start", "end"),
    [
        ('"start": 2, "end": 4', 2.0, 4.0),
        ('"start": 0, "end": 1.234', 0.0, 1.23),
        ('"start": 4, "end": 2', 2.0, 4.0),
        ('"start": 5, "end": 600', 5.0, 6.0),
        ('"start": 2', 2.0, 2.0),
        ('"start": 60, "end": 75', None, None),
        ('"start": -3, "end": 2', None, None),
        ('"start": null, "end": null', None, None),
        ('"start": "the beginning"', None, None),
        ('"start": 1e999, "end": NaN', None, None),
    ],
    ids=[
        "inside",
        "at the start",
        "swapped",
        "over the end",
        "an instant",
        "after the end",
        "before the start",
        "none",
        "in words",
        "no numbers",
    ],
)
def test_times_lie_inside_the_video_or_are_none(told, start, end):
    [action] = read(f'{{"caption": "A cat sits.", "actions": [{{"action": "sits", {told}}}]}}').actions

    assert (action.start, action.end) == (start, end)


def test_actions_are_in_order_with_those_without_times_last():
    actions = '"looks", {"action": "eats", "start": 3}, {"action": "naps", "start": 1}'
    text = f'{{"caption": "A cat sits.", "actions": [{actions}]}}'

    assert [action.what for action in read(text).actions] == ["naps", "eats", "looks"]


def test_abbreviations_and_single_letters_are_words():
    assert read('{"caption": "A TV on a wall.", "subjects": ["TV", "T-shirt", "DJ", "plan B"]}').subjects == (
        "TV",
        "T-shirt",
        "DJ",
        "plan B",
    )


def test_no_more_than_a_dozen_subjects_are_kept():
    subjects = ", ".join(f'"chair of type {chr(97 + number)}"' for number in range(26))

    assert len(read(f'{{"caption": "Chairs in a hall.", "subjects": [{subjects}]}}').subjects) == 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "{}",
        "[]",
        '{"caption": ""}',
        '{"caption": 5, "subjects": ["person"]}',
        '{"subjects": ["person"]}',
        "�\r���֍^��`�`�j�w���͆",
        '{"caption": "�\\r�� ֍^� �`�` j�w�"}',
        "xqzt brrk pfft ngth 8%& kkk",
        "Dance!",
        '{"caption": "一个年轻女人在商店里展示红色连衣裙"}',
        "Una mujer joven muestra un vestido rojo en una tienda de ropa.",
        "I'm sorry, but I can't describe people in this video.",
        '{"caption": "The woman is young and happy."}',
        "}{",
    ],
    ids=[
        "nothing",
        "blanks",
        "an empty object",
        "an empty list",
        "no caption",
        "a number",
        "subjects alone",
        "gibberish",
        "gibberish in JSON",
        "consonants",
        "one word",
        "Chinese",
        "Spanish",
        "a refusal",
        "nothing but telling words",
        "stray brackets",
    ],
)
def test_what_tells_nothing_is_no_answer(text):
    assert read_answer(text, SECONDS) is None
