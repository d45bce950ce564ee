"""How is a landscape painted from formulas?

Five kinds of places in any light, each from a seed: noise summed over octaves (Perlin 1985), air that makes far things
pale, a sun, a little film grain. Nothing is loaded; the same seed gives the same picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: uint8, (height, width, 3), RGB.
Picture = NDArray[np.uint8]
#: float32, values 0–1 (masks, textures) or 0–255 (colours).
Field = NDArray[np.float32]
Colour = tuple[int, int, int]

#: Standard deviation of the grain, in levels of 0–255.
_GRAIN = 2.2


@dataclass(frozen=True, slots=True)
class Light:
    """The colours of an hour, RGB."""

    zenith: Colour
    horizon: Colour
    sun: Colour
    #: What far things fade to, and the colour of near ones.
    far: Colour
    near: Colour
    #: Where the sun stands: shares of the width and of the height.
    sun_x: float = 0.6
    sun_y: float = 0.3


DAWN = Light((70, 90, 150), (250, 190, 170), (255, 236, 200), (205, 160, 170), (50, 40, 70), 0.35, 0.38)
NOON = Light((40, 110, 200), (170, 215, 240), (255, 250, 235), (150, 185, 205), (35, 75, 50), 0.7, 0.14)
GOLD = Light((90, 80, 130), (255, 180, 90), (255, 225, 150), (220, 140, 90), (60, 30, 30), 0.6, 0.4)
DUSK = Light((25, 25, 75), (220, 90, 110), (255, 170, 130), (130, 60, 110), (20, 15, 40), 0.45, 0.44)
NIGHT = Light((6, 10, 30), (30, 45, 90), (225, 230, 245), (25, 40, 75), (6, 10, 22), 0.72, 0.16)


def scenery(kind: str, light: Light, size: tuple[int, int], seed: int) -> Picture:
    """A place of `kind` ("mountains", "forest", "dunes", "sea" or "city") in a light; `size` is (height, width)."""
    rng = np.random.default_rng(seed)
    canvas = _sky(light, size, rng)
    _PLACES[kind](canvas, light, rng)
    grain = rng.normal(0, _GRAIN, size).astype(np.float32)[..., None]
    return np.asarray(np.clip(canvas + grain, 0, 255), np.uint8)


def balloon(height: int, seed: int) -> tuple[Picture, Field]:
    """A hot-air balloon `height` pixels tall: its picture and its mask (h, w) of values 0–1."""
    rng = np.random.default_rng(seed)
    fine = 4 * height
    centre, radius = (fine * 3 // 8, fine * 3 // 8), fine * 5 // 14
    picture = np.zeros((fine, fine * 3 // 4, 3), np.uint8)
    mask = np.zeros(picture.shape[:2], np.uint8)
    warm, cool = rng.integers((200, 60, 40), (250, 120, 80)), rng.integers((230, 220, 190), (255, 250, 230))
    basket = (centre[0] - fine // 16, fine * 7 // 8), (centre[0] + fine // 16, fine - 1)
    for colour, target in ((_rgb(warm), picture), (255, mask)):
        cv2.circle(target, centre, radius, colour, -1)
        cv2.fillPoly(target, [_skirt(centre, radius, fine)], colour)
    for stripe, share in enumerate((1.0, 0.72, 0.36)):
        cv2.ellipse(picture, centre, (int(radius * share), radius), 0, 0, 360, _rgb(cool if stripe % 2 else warm), -1)
    for colour, target in (((90, 60, 40), picture), (255, mask)):
        cv2.rectangle(target, *basket, colour, -1)
    shade = np.linspace(1.1, 0.6, picture.shape[1], dtype=np.float32)[None, :, None]
    lit = np.clip(picture * shade, 0, 255).astype(np.uint8)
    small = (height * 3 // 4, height)
    soft = np.asarray(cv2.resize(mask, small, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    return np.asarray(cv2.resize(lit, small, interpolation=cv2.INTER_AREA), np.uint8), soft


# --- places -----------------------------------------------------------------------------------------------------------
def _mountains(canvas: Field, light: Light, rng: np.random.Generator) -> None:
    _ridges(canvas, light, rng, top=0.42, layers=5, rough=0.16)


def _forest(canvas: Field, light: Light, rng: np.random.Generator) -> None:
    _ridges(canvas, light, rng, top=0.4, layers=1, rough=0.1)
    height, width = canvas.shape[:2]
    for layer in range(4):
        nearness = (layer + 2) / 5
        mask = np.zeros((height, width), np.uint8)
        tall = height * (0.1 + 0.09 * layer)
        for x in np.arange(-tall / 4, width + tall / 4, tall / 4.2):
            foot = height * (0.64 + 0.12 * layer + 0.03 * rng.random())
            _tree(mask, x + tall * 0.15 * rng.standard_normal(), foot, tall * rng.uniform(0.75, 1.15))
        mask[int(height * (0.63 + 0.12 * layer)) :] = 255
        _paint(canvas, mask, _lit(light, nearness, _noise(mask.shape, height / 40, 5, rng), 0.45))


def _dunes(canvas: Field, light: Light, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    sand = _mix(light.horizon, (230, 180, 120), 0.5)
    x = np.linspace(0, width / height * 6, width, dtype=np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None]
    for layer in range(6):
        base = height * (0.48 + 0.09 * layer)
        crest = base - height * 0.06 * np.abs(np.sin(x * (0.6 - 0.05 * layer) + rng.uniform(0, 6))) ** 1.5
        below = np.clip((rows - crest) / (height * 0.13), 0, 1)
        ripples = _noise((height, width), height / 40, 4, rng, stretch=5) - 0.5
        light_on_it = 0.62 + 0.06 * layer + 0.3 * np.exp(-6 * below) + 0.22 * ripples
        colours = np.array(_mix(light.far, sand, (layer + 1) / 6), np.float32) * light_on_it[..., None]
        _paint(canvas, (rows > crest).astype(np.uint8) * 255, colours)


def _sea(canvas: Field, light: Light, rng: np.random.Generator) -> None:
    _ridges(canvas, light, rng, top=0.5, layers=1, rough=0.05)
    height, width = canvas.shape[:2]
    line = int(0.56 * height)
    depth = np.linspace(0, 1, height - line, dtype=np.float32)[:, None]
    waves = np.zeros((height - line, width), np.float32)
    for octave, cell in enumerate((60, 28, 12)):
        waves += _noise(waves.shape, height / cell, 3, rng, stretch=4 + 2 * octave) * (
            0.3 + depth * (0.5 - 0.1 * octave)
        )
    waves = (waves - waves.mean()) / max(float(waves.std()), 1e-6)
    columns = np.linspace(0, 1, width, dtype=np.float32)[None]
    glitter = np.exp(-(((columns - light.sun_x) / (0.06 + 0.14 * depth)) ** 2)) * np.clip(waves - 0.2, 0, 2)
    mirrored = np.array(light.horizon, np.float32) * (1 - depth[..., None]) * 0.8
    deep = np.array(_mix(light.near, light.zenith, 0.5), np.float32) * depth[..., None]
    water = mirrored + deep + 14 * waves[..., None] + glitter[..., None] * np.array(light.sun, np.float32) * 0.7
    canvas[line:] = water


def _city(canvas: Field, light: Light, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    for layer in range(3):
        x = 0.0
        while x < width:
            wide = height * rng.uniform(0.05, 0.11)
            roof = height * (rng.uniform(0.34, 0.62) + 0.09 * layer)
            _house(canvas, (int(x), int(x + wide)), int(roof), _mix(light.far, light.near, (layer + 1) / 3), rng)
            x += wide * rng.uniform(0.85, 1.2)
    glow = np.zeros_like(canvas)
    for _ in range(int(60 * width / height)):
        centre = int(rng.uniform(0, width)), int(height * rng.uniform(0.74, 1.0))
        colour = ((255, 190, 90), (255, 110, 80), (120, 190, 255), (255, 235, 190))[rng.integers(4)]
        disc = np.zeros_like(canvas)
        cv2.circle(disc, centre, int(height * rng.uniform(0.008, 0.026)), colour, -1, cv2.LINE_AA)
        glow += disc * rng.uniform(0.15, 0.5)
    canvas += cv2.GaussianBlur(glow, (0, 0), height / 500)


_PLACES: dict[str, Callable[[Field, Light, np.random.Generator], None]] = {
    "mountains": _mountains,
    "forest": _forest,
    "dunes": _dunes,
    "sea": _sea,
    "city": _city,
}


# --- parts ------------------------------------------------------------------------------------------------------------
def _sky(light: Light, size: tuple[int, int], rng: np.random.Generator) -> Field:
    """The canvas: a sky with a sun, its glow, and clouds."""
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / height
    down = np.clip(rows / 0.6, 0, 1)[..., None]
    canvas = np.array(light.zenith, np.float32) * (1 - down) + np.array(light.horizon, np.float32) * down
    away = np.hypot(columns - light.sun_x * width / height, rows - light.sun_y)[..., None]
    sun = np.array(light.sun, np.float32)
    clouds = np.clip((_noise(size, height / 5, 6, rng, stretch=2.5) - 0.5) * 3, 0, 1)[..., None] * (1 - 0.5 * down)
    canvas += clouds * (_mixed(light.horizon, light.sun) - canvas) * 0.55
    canvas += (sun - canvas) * (0.75 * np.exp(-((away / 0.16) ** 2)) + 0.25 * np.exp(-away / 0.35))
    disc = np.clip((0.042 - away) * height / 3, 0, 1)
    return np.asarray(canvas + disc * (sun - canvas), np.float32)


def _ridges(canvas: Field, light: Light, rng: np.random.Generator, *, top: float, layers: int, rough: float) -> None:
    """Mountain ranges, the far ones pale; the first line lies at the share `top` of the height."""
    height, width = canvas.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    for layer in range(layers):
        nearness = (layer + 1) / layers
        line = _noise((1, width), height / 2.5, 7, rng)[0] - 0.5
        crest = height * (top + (0.85 - top) * layer / layers - rough * 2 * line)
        rock = _noise((height, width), height / 14, 6, rng)
        haze = np.clip((rows - crest) / (0.22 * height), 0, 1)
        lit = _lit(light, nearness * (1 - 0.45 * haze) if layers > 1 else 0.4, rock, 0.55)
        _paint(canvas, (rows > crest).astype(np.uint8) * 255, lit)


def _tree(mask: Picture, x: float, foot: float, tall: float) -> None:
    """A conifer's outline."""
    for step in range(5):
        top, half = foot - tall * (1 - 0.17 * step), tall * (0.06 + 0.035 * step)
        corners = [(x, top), (x - half, top + 0.32 * tall), (x + half, top + 0.32 * tall)]
        cv2.fillPoly(mask, [np.array(corners, np.int32)], (255,), cv2.LINE_AA)


def _house(canvas: Field, span: tuple[int, int], roof: int, colour: Colour, rng: np.random.Generator) -> None:
    """A tower with windows, some of them lit."""
    height, width = canvas.shape[:2]
    left, right = span
    cv2.rectangle(canvas, (left, roof), (right, height), colour, -1)
    step = max(4, height // 80)
    for y in range(roof + step, height, step):
        for x in range(left + step // 2, min(right, width) - step // 2, step):
            if rng.random() < 0.35:
                lamp = _mix(colour, (255, 215, 140), rng.uniform(0.3, 1.0))
                cv2.rectangle(canvas, (x, y), (x + step // 3, y + step // 2), lamp, -1)


def _lit(light: Light, nearness: float | Field, texture: Field, contrast: float) -> Field:
    """A surface's colours (h, w, 3): from the far to the near colour, lightened and darkened by its texture."""
    near = np.broadcast_to(np.asarray(nearness, np.float32), texture.shape)[..., None]
    colours = np.array(light.far, np.float32) * (1 - near) + np.array(light.near, np.float32) * near
    warm = np.array(light.sun, np.float32) * 0.12 * near
    return np.asarray((colours + warm) * (1 + contrast * near * (2 * texture[..., None] - 1)), np.float32)


def _paint(canvas: Field, mask: Picture, colours: Field) -> None:
    """Lays colours on the canvas where the mask is set, with a soft edge."""
    share = cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32)[..., None] / 255
    canvas += share * (colours - canvas)


def _noise(
    shape: tuple[int, ...], cell: float, octaves: int, rng: np.random.Generator, *, stretch: float = 1.0
) -> Field:
    """Smooth noise of values 0–1, (h, w): random grids of ever smaller cells (pixels), each half as strong."""
    height, width = shape
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = cell / 2**octave
        if size < 1:
            break
        grid = rng.random((int(height / size) + 2, int(width / size / stretch) + 2), np.float32)
        # One cell more on each side than is seen, so that the edges don't repeat.
        grown = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += (grown - 0.5) / 2**octave
    return np.asarray(np.clip(0.5 + total / 1.6, 0, 1), np.float32)


def _skirt(centre: tuple[int, int], radius: int, fine: int) -> NDArray[np.int32]:
    """The part of a balloon between the ball and the basket."""
    x, y = centre
    wide, narrow = int(radius * 0.8), fine // 16
    return np.array(
        [
            (x - wide, y + int(radius * 0.6)),
            (x + wide, y + int(radius * 0.6)),
            (x + narrow, fine * 9 // 10),
            (x - narrow, fine * 9 // 10),
        ],
        np.int32,
    )


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return _rgb([x + (y - x) * share for x, y in zip(a, b, strict=True)])


def _mixed(a: Colour, b: Colour) -> Field:
    return np.asarray(_mix(a, b, 0.6), np.float32)


def _rgb(values: "list[float] | NDArray[np.int64]") -> Colour:
    red, green, blue = (int(value) for value in values)
    return red, green, blue
