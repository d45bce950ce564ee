"""How are single pictures, and views of a video that was never encoded, made?"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from analyzers.media import FrameBatch, VideoInfo

Picture = NDArray[np.uint8]


def view(pictures: Sequence[Picture], fps: float) -> tuple[VideoInfo, FrameBatch]:
    """`pictures` as a view sampled at `fps`, of a video of their size."""
    pixels = np.stack(list(pictures))
    seconds = len(pixels) / fps
    height, width = pixels.shape[1:3]
    info = VideoInfo(Path("clip.mp4"), seconds, width, height, 30.0, 0, "h264", 0, 0, None, 0, 0)
    return info, FrameBatch(pixels, np.arange(len(pixels)) / fps, seconds)


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> Picture:
    """A picture of one colour, `size` (height, width)."""
    return np.full((*size, 3), colour, np.uint8)


def texture(seed: int, size: tuple[int, int] = (640, 360)) -> Picture:
    """Coloured noise at four scales: harder to find text on than most pictures."""
    chance = np.random.default_rng(seed)
    height, width = size
    scales = ((80, 0.4), (30, 0.3), (10, 0.2), (4, 0.1))
    layers = [
        share * cv2.resize(chance.uniform(0, 255, (height // step, width // step, 3)), (width, height))
        for step, share in scales
    ]
    return np.asarray(np.clip(sum(layers), 0, 255), dtype=np.uint8)


def drifting(world: Picture, step: int, size: tuple[int, int] = (640, 360)) -> Picture:
    """A part of a larger `world`, seen by a camera that moves with every step."""
    height, width = size
    down = round((world.shape[0] - height) * (0.5 + 0.5 * np.sin(0.7 * step)))
    across = round((world.shape[1] - width) * (0.5 + 0.5 * np.cos(0.4 * step)))
    return world[down : down + height, across : across + width]


def lettered(picture: Picture, text: str, middle: tuple[int, int], px: int) -> Picture:
    """`picture` with white, black-edged `text` around `middle` (x, y), in Pillow's own font at `px` pixels."""
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).multiline_text(
        middle,
        text,
        font=ImageFont.load_default(px),
        fill="white",
        stroke_width=max(1, px // 14),
        stroke_fill="black",
        anchor="mm",
        align="center",
    )
    return np.asarray(image)


def text_box(text: str, middle: tuple[int, int], px: int) -> tuple[int, int, int, int]:
    """The pixels that `lettered` inks, x1, y1, x2, y2."""
    draw = ImageDraw.Draw(Image.new("L", (8, 8)))
    font = ImageFont.load_default(px)
    x1, y1, x2, y2 = draw.textbbox(middle, text, font=font, stroke_width=max(1, px // 14), anchor="mm")
    return round(x1), round(y1), round(x2), round(y2)
