"""How are a thousand different clips made in seconds?

Straight as the small view has them, a few seconds each: worlds under a moving camera, landscapes, textures, shapes that
move, slopes of brightness, stripes and boards, cards with text, noise; light, dark and flat ones. A number is a seed:
no two are the same video, though of blank ones many look the same.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mass_processing.demo.scenery import DAWN, DUSK, GOLD, NIGHT, NOON, scenery
from tests.analyzers.picture.scenes import handheld, look, world
from tests.analyzers.picture.stills import lettered

Pixels = NDArray[np.uint8]

#: (height, width) of the view, pictures per second, pictures.
SIZE, FPS, COUNT = (170, 96), 4.0, 16
_LIGHTS = (DAWN, NOON, GOLD, DUSK, NIGHT)
_PLACES = ("mountains", "forest", "dunes", "sea", "city")


def clip(number: int) -> Pixels:
    """Clip `number`, uint8 (16, 170, 96, 3) RGB at 4 pictures per second."""
    kinds = (_world, _world, _place, _texture, _shapes, _slope, _stripes, _card, _noise, _flat, _dark)
    return kinds[number % len(kinds)](np.random.default_rng(number), number)


def _world(chance: np.random.Generator, number: int) -> Pixels:
    scene = world(1000 + number, SIZE[1], 2.5)
    speed, camera = chance.uniform(-0.15, 0.15, 2), handheld(number)
    frames = []
    for t in np.arange(COUNT) / FPS:
        x, y, _, roll = camera(t)
        frames.append(look(scene, SIZE, x + speed[0] * t, y + speed[1] * t, 1 + 0.03 * t, roll))
    return np.stack(frames)


def _place(chance: np.random.Generator, number: int) -> Pixels:
    size = (2 * SIZE[0], 2 * SIZE[1])
    place = scenery(_PLACES[chance.integers(5)], _LIGHTS[chance.integers(5)], size, 1000 + number)
    return _still(cv2.resize(place, SIZE[::-1], interpolation=cv2.INTER_AREA))


def _texture(chance: np.random.Generator, number: int) -> Pixels:
    coarse = chance.uniform(0, 255, (int(chance.integers(3, 12)), int(chance.integers(3, 12)), 3))
    fine = chance.uniform(-30, 30, (40, 24, 3))
    both = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC) + cv2.resize(fine, SIZE[::-1])
    return _still(both)


def _shapes(chance: np.random.Generator, number: int) -> Pixels:
    """One to four discs and boxes that move over one colour."""
    ground = chance.uniform(0, 255, 3)
    many = int(chance.integers(1, 5))
    at, speed = chance.uniform(0.1, 0.9, (many, 2)), chance.uniform(-0.2, 0.2, (many, 2))
    sizes, colours = chance.uniform(0.05, 0.3, many), chance.uniform(0, 255, (many, 3))
    frames = []
    for t in np.arange(COUNT) / FPS:
        picture = np.full((*SIZE, 3), ground)
        for number, (place, side, colour) in enumerate(zip(at + speed * t, sizes, colours, strict=True)):
            x, y, r = round(place[0] * SIZE[1]), round(place[1] * SIZE[0]), round(side * SIZE[1])
            if number % 2:
                cv2.rectangle(picture, (x - r, y - r), (x + r, y + r), colour.tolist(), -1)
            else:
                cv2.circle(picture, (x, y), r, colour.tolist(), -1, cv2.LINE_AA)
        frames.append(picture)
    return np.stack(frames).astype(np.uint8)


def _slope(chance: np.random.Generator, number: int) -> Pixels:
    y, x = np.mgrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j]
    angle, tint = chance.uniform(0, 2 * np.pi), chance.uniform(0.3, 1, 3)
    middle = chance.uniform(-0.5, 0.5, 2)
    straight = x * np.cos(angle) + y * np.sin(angle)
    round_ = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / chance.uniform(0.2, 2))
    light = round_ if chance.random() < 0.5 else (straight - straight.min()) / np.ptp(straight)
    return _still(255 * light[..., None] * tint)


def _stripes(chance: np.random.Generator, number: int) -> Pixels:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    wide, high, angle = chance.uniform(8, 60), chance.uniform(8, 60), chance.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    board = np.sign(np.sin(2 * np.pi * u / wide)) * (np.sign(np.sin(2 * np.pi * v / high)) if number % 2 else 1)
    return _still(128 + board[..., None] * chance.uniform(-120, 120, 3))


def _card(chance: np.random.Generator, number: int) -> Pixels:
    words = ["".join(chr(97 + letter) for letter in chance.integers(0, 26, chance.integers(3, 8))) for _ in range(8)]
    text = "\n".join(" ".join(words[row * 2 : row * 2 + 2]) for row in range(4))
    return _still(lettered(np.full((*SIZE, 3), chance.uniform(0, 255, 3), np.uint8), text, (48, 85), 12))


def _noise(chance: np.random.Generator, number: int) -> Pixels:
    """A television without a station."""
    return chance.integers(0, 256, (COUNT, *SIZE, 3), np.uint8)


def _flat(chance: np.random.Generator, number: int) -> Pixels:
    """One colour with a camera's noise."""
    return _still(np.full((*SIZE, 3), chance.uniform(0, 255, 3)) + chance.normal(0, 2, (*SIZE, 3)))


def _dark(chance: np.random.Generator, number: int) -> Pixels:
    """A world at night: a tenth of its light, and the noise of the camera."""
    return (_world(chance, 5000 + number) * 0.1 + np.abs(chance.normal(0, 2, (COUNT, *SIZE, 3)))).astype(np.uint8)


def _still(picture: NDArray[np.float64] | Pixels) -> Pixels:
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[None], COUNT, axis=0)
