"""Are brands found where their names stand, and nowhere else?"""

import pytest

from analyzers.picture.product_words import brands_named
from analyzers.picture.text_overlay import OverlayText


def text(words, start=0.0):
    return OverlayText(words, start, start + 2, 0.1, 0.1, 0.5, 0.2, 0.9, "caption", 20.0, "latin")


@pytest.mark.parametrize(
    ("words", "brands"),
    [
        ("my new NIKE shoes", ["nike"]),
        ("Nike&Adidas", ["nike", "adidas"]),
        ("#nike", ["nike"]),
        ("ＮＩＫＥ", ["nike"]),
        ("Levi’s jeans", ["levi's"]),
        ("a Coca-Cola, please", ["coca-cola"]),
        ("new\nbalance", ["new balance"]),
        ("nike nike", ["nike"]),
        ("nikes", []),
        ("a zebra at the zoo", []),
        ("an apple a day", []),
        ("", []),
    ],
)
def test_whole_words_name_brands_whatever_their_case(words, brands):
    assert [brand.name for brand in brands_named([text(words)])] == brands


def test_a_brand_is_named_for_as_long_as_its_text_stands():
    later, earlier = brands_named([text("by Sephora", 5.0), text("from IKEA", 1.0)])[::-1]

    assert (earlier.name, earlier.start, earlier.end, earlier.score) == ("ikea", 1.0, 3.0, 0.9)
    assert (later.name, later.start) == ("sephora", 5.0)
