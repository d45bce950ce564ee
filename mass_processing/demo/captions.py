"""How is text written onto a picture, like a short video's captions?

With the font that comes inside Pillow, so that every machine writes the same.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mass_processing.demo.scenery import Field, Picture

#: Of the picture's height: the letters, the space around them, and the corners of the plate.
_LETTERS, _SPACE, _CORNER = 0.034, 0.013, 0.012
_PLATE = (12, 12, 16, 205)


@dataclass(frozen=True, slots=True)
class Plate:
    """White letters on a dark plate with round corners, ready to be laid onto a picture."""

    #: (h, w, 3) and (h, w, 1): colours 0–255 times their opacity, and what shows through, 0–1.
    colours: Field
    through: Field
    #: Pixels of its upper left corner.
    x: int
    y: int
    #: The letters' box in the picture, normalised x1, y1, x2, y2.
    box: tuple[float, float, float, float]

    def lay_on(self, picture: Picture) -> None:
        """Changes `picture` in place."""
        height, width = self.through.shape[:2]
        part = picture[self.y : self.y + height, self.x : self.x + width]
        part[:] = (self.colours + part * self.through + 0.5).astype(np.uint8)


def write(text: str, middle: float, size: tuple[int, int]) -> Plate:
    """`text` centred at the share `middle` of the height of a picture of `size` (height, width).

    Raises: ValueError when it is wider than the picture.
    """
    height, width = size
    font = ImageFont.load_default(max(8, round(height * _LETTERS)))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    space = round(height * _SPACE)
    plate_width, plate_height = right - left + 2 * space, bottom - top + 2 * space
    if plate_width > width:
        raise ValueError(f"{text!r} needs {plate_width} pixels and the picture has {width}")
    image = Image.new("RGBA", (plate_width, plate_height))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, plate_width - 1, plate_height - 1), round(height * _CORNER), _PLATE)
    draw.text((space - left, space - top), text, (255, 255, 255, 255), font)
    pixels = np.asarray(image, np.float32)
    opacity = pixels[..., 3:] / np.float32(255)
    x, y = (width - plate_width) // 2, round(height * middle) - plate_height // 2
    box = (
        (x + space) / width,
        (y + space) / height,
        (x + plate_width - space) / width,
        (y + plate_height - space) / height,
    )
    return Plate(pixels[..., :3] * opacity, 1 - opacity, x, y, box)
