"""What does the stand-in show? A second or two of a moving square with a tone."""

from pathlib import Path

import numpy as np

from mass_processing.demo.encode import write_clip


def make_clip(path: Path, seconds: float = 1.0) -> bytes:
    """A small h264+aac mp4, written to `path`; its bytes."""
    pictures = np.full((round(seconds * 15), 128, 72, 3), 40, np.uint8)
    for index, picture in enumerate(pictures):
        picture[20:60, index : index + 30] = (220, 60, 60)
    times = np.arange(round(seconds * 48_000)) / 48_000
    sound = (0.2 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    return write_clip(path, pictures, fps=15, sound=sound).read_bytes()
