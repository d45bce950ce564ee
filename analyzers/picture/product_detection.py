"""Which products are shown, where on the picture, how large, and when?

OWLv2 (Apache-2.0) is asked for the products of `labels/products.toml` on about one picture per second
(`product_sightings.py`); brands are found by their names in what text_overlay read. Without its weights: those of
COCO's classes that are products, by the detector's pass, which is a lesser answer. Known limits: it knows kinds of
things, no makes and models; a thing seen for less than the time between two looks may be missing; one thing of two
names ("shirt", "sweater") takes the likelier; thresholds were not fitted to labelled videos.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

from analyzers.contract import Analyzer, Inputs, Needs, Result, Segment
from analyzers.errors import Unavailable
from analyzers.media import DETAILED
from analyzers.models.object_sightings import ObjectSightings
from analyzers.models.open_detector import OpenDetector
from analyzers.picture.cut_analysis import CutAnalysis
from analyzers.picture.lesser import told_once
from analyzers.picture.product_sightings import (
    Looks,
    Sighting,
    categories,
    looked_for_by_classes,
    looked_for_by_words,
)
from analyzers.picture.product_words import NamedBrand, brands_named
from analyzers.picture.stretches import shots_of
from analyzers.picture.text_overlay import TextOverlay

#: Seconds for which a thing may be hidden or turned away and still be there.
_HIDDEN = 1.0


@dataclass(frozen=True, slots=True)
class ProductStretch:
    """A time through which a product is seen."""

    #: Seconds, half-open.
    start: float
    end: float
    #: Best score 0–1.
    score: float
    #: Where it is at its best: normalised 0–1.
    x1: float
    y1: float
    x2: float
    y2: float
    #: Mean share 0–1 of the picture that its boxes take.
    screen_share: float


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of product."""

    #: A name of `labels/products.toml`, such as "dress".
    item: str
    #: "clothes", "shoes", "accessories", "cosmetics", "electronics", "drinks", "food", "home" or "leisure".
    category: str
    #: Best score 0–1.
    score: float
    #: Mean share 0–1 of the picture that it takes while it is seen.
    screen_share: float
    #: Seconds for which it is seen.
    seconds: float
    #: In order of time, at least one.
    stretches: tuple[ProductStretch, ...]


@dataclass(frozen=True, slots=True)
class ProductDetectionResult(Result):
    """The products of a video."""

    #: The one seen largest and longest first; empty when none is seen.
    products: tuple[Product, ...]
    #: In order of time; empty when none is named on the picture.
    brands: tuple[NamedBrand, ...]
    #: Pictures that were looked at.
    pictures: int
    #: Why this is a lesser answer; empty when it isn't.
    limits: str

    def headline(self) -> str:
        names = [product.item for product in self.products]
        brands = list(dict.fromkeys(brand.name for brand in self.brands))
        if not names:
            return f"no product in sight; named: {', '.join(brands[:3])}" if brands else "no product in sight"
        count = f"{len(names)} product{'' if len(names) == 1 else 's'}: {', '.join(names[:3])}"
        return f"{count}; named: {', '.join(brands[:3])}" if brands else count

    def timeline(self) -> Sequence[Segment]:
        seen = [
            Segment(
                each.start,
                each.end,
                product.item,
                each.score,
                data={"box": [each.x1, each.y1, each.x2, each.y2], "screen_share": each.screen_share},
            )
            for product in self.products
            for each in product.stretches
        ]
        named = [Segment(each.start, each.end, "brand", each.score, text=each.name) for each in self.brands]
        return sorted([*seen, *named], key=lambda segment: (segment.start, segment.label))

    def degraded_because(self) -> str:
        return self.limits


class ProductDetection(Analyzer[ProductDetectionResult]):
    """Finds products by name, and how much of the picture they take."""

    name: ClassVar[str] = "product_detection"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "Finds products such as clothes, cosmetics and packages, where, how large and when."
    kind: ClassVar[str] = "picture"
    needs: ClassVar[Needs] = Needs(
        frames=DETAILED, may_read=(CutAnalysis, TextOverlay, ObjectSightings), may_use=(OpenDetector,)
    )

    def analyze(self, inputs: Inputs) -> ProductDetectionResult:
        looks, lesser = _looks(inputs)
        texts = inputs.find(TextOverlay)
        return ProductDetectionResult(
            products=_products(looks),
            brands=brands_named(texts.texts) if texts is not None else (),
            pictures=len(looks.spans),
            limits=told_once([*lesser, *(each for each in inputs.lacks if each.startswith(TextOverlay.name))]),
        )


def _looks(inputs: Inputs) -> tuple[Looks, list[str]]:
    """What was seen, and why it is less than could be. Raises: Unavailable, when there is no detector at all."""
    detector, classes, shots = inputs.find_model(OpenDetector), inputs.find(ObjectSightings), shots_of(inputs)
    if detector is not None:
        looks = looked_for_by_words(inputs.frames, shots, detector)
        unseen = f"looked at {len(looks.spans)} of {looks.wanted} pictures" if len(looks.spans) < looks.wanted else ""
        return looks, [unseen]
    missing = inputs.lacks[0] if inputs.lacks else "the open detector is not here"
    if classes is None:
        raise Unavailable(missing)
    return looked_for_by_classes(classes, shots), [missing]


def _products(looks: Looks) -> tuple[Product, ...]:
    """What was surely seen at least once."""
    by_item: dict[str, dict[int, list[Sighting]]] = defaultdict(lambda: defaultdict(list))
    for number, sightings in enumerate(looks.sightings):
        for each in sightings:
            by_item[each.item][number].append(each)
    category = categories()
    products = []
    for item, seen in by_item.items():
        stretches = _stretches(seen, looks)
        if stretches:
            products.append(_product(item, category[item], stretches))
    return tuple(sorted(products, key=lambda product: -product.seconds * product.screen_share))


def _product(item: str, category: str, stretches: tuple[ProductStretch, ...]) -> Product:
    seconds = sum(each.end - each.start for each in stretches)
    covered = sum(each.screen_share * (each.end - each.start) for each in stretches)
    return Product(
        item=item,
        category=category,
        score=max(each.score for each in stretches),
        screen_share=round(covered / seconds, 4) if seconds else stretches[0].screen_share,
        seconds=round(seconds, 3),
        stretches=stretches,
    )


def _stretches(seen: dict[int, list[Sighting]], looks: Looks) -> tuple[ProductStretch, ...]:
    """Looks at one item joined over short absences, where it is sure at least once."""
    groups: list[list[int]] = []
    for number in sorted(seen):
        if groups and looks.spans[number][0] - looks.spans[groups[-1][-1]][1] <= _HIDDEN + 1e-6:
            groups[-1].append(number)
        else:
            groups.append([number])
    stretches = [_stretch(group, seen, looks) for group in groups]
    return tuple(each for each in stretches if each.score >= looks.sure)


def _stretch(numbers: Sequence[int], seen: dict[int, list[Sighting]], looks: Looks) -> ProductStretch:
    best = max((each for number in numbers for each in seen[number]), key=lambda each: each.score)
    share = fmean(min(1.0, sum(_area(each) for each in seen[number])) for number in numbers)
    start, end = looks.spans[numbers[0]][0], looks.spans[numbers[-1]][1]
    return ProductStretch(round(start, 3), round(end, 3), best.score, *best.box, round(share, 4))


def _area(sighting: Sighting) -> float:
    x1, y1, x2, y2 = sighting.box
    return (x2 - x1) * (y2 - y1)
