"""What does TikTok's own screen draw over a video, and where does that lie on the picture?

Zones as shares of a 9:16 screen. They are assumptions: TikTok publishes none for posts, and the screen differs between
phones and grows with the caption. Guides for advertisers (2024–2026) leave free, of 1080 x 1920 pixels, 126–150 at the
top (tabs), 370–440 at the bottom (name, caption, sound), 120–150 on the right (profile, like, comment, save, share);
the middle of these is taken. A video of another shape is shown whole, in the middle of the screen.
"""

from dataclasses import dataclass

Box = tuple[float, float, float, float]

#: Name and x1, y1, x2, y2 on the screen.
ZONES: tuple[tuple[str, Box], ...] = (
    ("tabs", (0.0, 0.0, 1.0, 0.07)),
    ("buttons", (0.87, 0.42, 1.0, 0.79)),
    ("caption", (0.0, 0.79, 1.0, 1.0)),
)
#: Width / height of the screen.
_SCREEN = 9 / 16


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a box the screen draws over."""

    #: Share 0–1 of the box under any zone.
    share: float
    #: The zone with most of it: "tabs", "buttons" or "caption"; empty when none has any.
    zone: str


def covered(box: Box, aspect: float) -> Overlap:
    """How much of `box` (x1, y1, x2, y2, shares of the picture) lies under the zones; `aspect` is width / height."""
    on_screen = _on_screen(box, aspect)
    area = max(1e-9, (on_screen[2] - on_screen[0]) * (on_screen[3] - on_screen[1]))
    parts = {name: _common(on_screen, zone) / area for name, zone in ZONES}  # zones don't overlap each other
    most = max(parts, key=lambda name: parts[name])
    return Overlap(round(min(1.0, sum(parts.values())), 3), most if parts[most] > 0 else "")


def _on_screen(box: Box, aspect: float) -> Box:
    """`box` of the picture in shares of the screen."""
    width, height = min(1.0, aspect / _SCREEN), min(1.0, _SCREEN / aspect)
    left, top = (1 - width) / 2, (1 - height) / 2
    return left + box[0] * width, top + box[1] * height, left + box[2] * width, top + box[3] * height


def _common(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
