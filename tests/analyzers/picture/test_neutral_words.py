"""Is nothing told of anyone's gender, age, looks, origin, health or feelings, and all else as it was?"""

import pytest

from analyzers.picture.neutral_words import neutral

TABLE = {
    "A young woman in a red dress poses in a shop.": "A person in a red dress poses in a shop.",
    "a young woman": "a person",
    "An elderly Asian man walks his dog.": "A person walks their dog.",
    "A 25 year old man waves.": "A person waves.",
    "A 25-year-old blonde woman with a big smile on her face holds a cup.": "A blonde person holds a cup.",
    "Two beautiful girls dance, smiling at the camera.": "Two people dance, looking at the camera.",
    "A young, happy and beautiful girl runs.": "A person runs.",
    "A tall, dark-skinned woman wearing a black dress.": "A tall person wearing a black dress.",
    "Several young Asian women and an old man.": "Several people and a person.",
    "A man and a woman talk to each other.": "Two people talk to each other.",
    "A mother and her child play in a park.": "Two people play in a park.",
    "The children play; their mother watches.": "The people play; another person watches.",
    "She smiles at the camera and shows her dress to him.": (
        "The person looks at the camera and shows their dress to them."
    ),
    "It shows her in a park.": "It shows them in a park.",
    "He's dancing.": "The person is dancing.",
    "A female dancer performs.": "A dancer performs.",
    "A male walks in.": "A person walks in.",
    "A black man drives a black car.": "A person drives a black car.",
    "The lady's bag is red.": "The person's bag is red.",
    "Women's shoes are on display.": "Shoes are on display.",
    "The actress talks to a policeman.": "The actor talks to a police officer.",
    "A person is enjoying a meal.": "A person is having a meal.",
    "The man, who seems happy, waves.": "The person waves.",
    "He picks up his phone, laughing happily, and walks away.": "The person picks up their phone, and walks away.",
    "The house is old, and a person of Asian descent walks by.": "The house is old.",
}


@pytest.mark.parametrize("told", TABLE)
def test_people_are_people(told):
    assert neutral(told) == TABLE[told]


@pytest.mark.parametrize(
    "told",
    [
        "A black cat sits on a white sofa.",
        "A baby elephant stands next to an old car.",
        "An hour later, a unique car arrives.",
        'It says "Happy Birthday" on the cake.',
        "A 3-tier cake (50% off) – $5.",
        "He" + "ads-up display, 'SALE' sign.",
        "A man-made lake with a snowman.",
        "Chinese food on a white plate.",
        "people",
        "",
    ],
)
def test_what_tells_nothing_of_anyone_stays_as_it_is(told):
    assert neutral(told) == told


@pytest.mark.parametrize(
    "told",
    [
        "The woman is young and looks excited.",
        "The person appears to be in their 20s.",
        "The person is Asian.",
        "They feel sad.",
        "The dancer is pregnant.",
        "A person of African descent sings.",
        "The person's facial expression changes.",
    ],
)
def test_a_sentence_that_still_tells_is_dropped(told):
    assert neutral(told) == ""


def test_only_the_sentence_that_tells_is_dropped():
    assert neutral("A woman cooks. She is in her thirties. The kitchen is white.") == (
        "A person cooks. The kitchen is white."
    )


PEOPLE = ["woman", "man", "girl", "boy", "lady", "gentleman", "teenager", "mother", "grandfather", "bride", "toddler"]
ADJECTIVES = [
    "young",
    "elderly",
    "middle-aged",
    "Asian",
    "Black",
    "happy",
    "sad",
    "beautiful",
    "pregnant",
    "20-year-old",
]


@pytest.mark.parametrize("adjective", ADJECTIVES)
@pytest.mark.parametrize("person", PEOPLE)
def test_no_pair_of_telling_words_survives(adjective, person):
    told = neutral(f"There is one tall {adjective} {person} in the room.")

    assert told == "There is one tall person in the room."
