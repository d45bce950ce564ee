"""What is a text for, and in which script is it written?

Four roles, told apart by size, place and time alone (the rules are in `role_of`), as viewers do with the sound off.
"""

import unicodedata
from collections import Counter

from analyzers.picture.text_reading import Box

#: Share of the video from which a text is there throughout.
_THROUGHOUT = 0.8
#: Share of the picture's area up to which a text is small.
_SMALL = 0.03
#: Share of the picture's height from which a line is large.
_LARGE = 0.03
#: Seconds: a subtitle stays no longer than about this (the usual limit of broadcasters' guidelines).
_CAPTION_LASTS = 7.0
#: Seconds a title is held at least.
_TITLE_HELD = 2.0
#: Unicode names of letters begin with their script; these are written together.
_SCRIPTS = {"CJK": "han", "HIRAGANA": "japanese", "KATAKANA": "japanese", "HANGUL": "korean"}


def role_of(box: Box, line_share: float, seconds: float, presence: float) -> str:
    """`watermark`, `caption`, `title` or `sticker`, by the first rule that fits.

    `box` is normalised 0–1, `line_share` the height of a line as a share of the picture's, `seconds` how long the
    text stands, `presence` the share of the video in which the same text is seen anywhere.

    - watermark: small, in a corner or in the outermost strip above or below, there nearly throughout;
    - caption: centred, in the lower half but not at the very bottom, no longer than a subtitle stays;
    - title: large and held;
    - sticker: all else.
    """
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    corner = not 0.25 <= across <= 0.75 and not 0.2 <= down <= 0.8
    area = (box[2] - box[0]) * (box[3] - box[1])
    if area <= _SMALL and (corner or not 0.06 <= down <= 0.94) and presence >= _THROUGHOUT:
        return "watermark"
    if 0.25 <= across <= 0.75 and 0.45 <= down <= 0.95 and seconds <= _CAPTION_LASTS:
        return "caption"
    if line_share >= _LARGE and seconds >= _TITLE_HELD:
        return "title"
    return "sticker"


def script_of(text: str) -> str:
    """The script most letters of `text` are in: `latin`, `han`, `japanese`, `cyrillic` …; `none` without letters.

    One kana makes a Chinese-looking text Japanese.
    """
    letters = filter(str.isalpha, unicodedata.normalize("NFKC", text))
    names = [unicodedata.name(each, "").split(" ")[0] for each in letters]
    scripts = Counter(_SCRIPTS.get(name.split("-")[0], name.lower()) for name in names)
    if not scripts:
        return "none"
    if scripts["japanese"]:
        scripts["japanese"] += scripts.pop("han", 0)
    return scripts.most_common(1)[0][0]
