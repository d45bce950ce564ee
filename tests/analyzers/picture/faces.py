"""Which photograph of a face do tests look at, and how is it put into a picture at a known place and size?

The official portrait of Rear Admiral Grace Hopper (U.S. Navy, public domain) comes with matplotlib, which our
development tools bring along; it is not in this repository.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
#: Her face from the forehead to the chin, x1, y1, x2, y2 as shares of the photograph; marked by hand.
FACE = (0.36, 0.21, 0.68, 0.55)
FACE_HEIGHT = FACE[3] - FACE[1]


def portrait(height: int) -> Picture:
    """The photograph at `height` pixels, RGB; skips the test without it."""
    matplotlib = pytest.importorskip("matplotlib")
    file = Path(matplotlib.__file__).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    picture = cv2.imread(str(file))
    if picture is None:
        pytest.skip(f"the photograph {file} is not there")
    width = round(picture.shape[1] * height / picture.shape[0])
    return np.ascontiguousarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)[:, :, ::-1])


def with_face(scene: Picture, middle: tuple[float, float], face_height: float) -> Picture:
    """`scene` with the photograph in it, its face around `middle` (shares) and of `face_height` (share of the height).

    What of the photograph would reach out of the scene is cut off.
    """
    height, width = scene.shape[:2]
    photo = portrait(round(face_height * height / FACE_HEIGHT))
    left = round(middle[0] * width - (FACE[0] + FACE[2]) / 2 * photo.shape[1])
    top = round(middle[1] * height - (FACE[1] + FACE[3]) / 2 * photo.shape[0])
    x1, y1, x2, y2 = max(0, left), max(0, top), min(width, left + photo.shape[1]), min(height, top + photo.shape[0])
    shown = scene.copy()
    shown[y1:y2, x1:x2] = photo[y1 - top : y2 - top, x1 - left : x2 - left]
    return shown
