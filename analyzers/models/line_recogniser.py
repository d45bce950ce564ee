"""What does one line of text in a picture say?

A recogniser of the PP-OCR family: a line is laid level, scaled to 48 pixels of height and read from left to right; what
it says is decoded with CTC. Its alphabet is in the network's own file. Runs on onnxruntime.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.models import Device

#: Pixels: the height of a line as the recogniser sees it, and the step its widths are rounded up to.
_LINE_HEIGHT, _WIDTH_STEP = 48, 64
#: Pixels: a line is never stretched wider than this.
_MAX_WIDTH = 3200
#: Lines recognised at once.
_BATCH = 8


@dataclass(frozen=True, slots=True)
class ReadText:
    """What one line says."""

    text: str
    #: Mean confidence of its characters, 0–1.
    score: float


class LineRecogniser:
    """Reads lines of text with one network; safe to call from several threads."""

    def __init__(self, network: Any, space_gain: float = 1.0) -> None:
        """`space_gain`: factor on the likelihood of a gap between words, for networks that overlook them."""
        from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

        self._network, self._space_gain = network, space_gain
        characters = network.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._decode = CTCLabelDecode(character=characters)
        self._space = self._decode.character.index(" ")

    def read(self, picture: NDArray[np.uint8], lines: Sequence[NDArray[np.float32]]) -> list[ReadText]:
        """What stands in each of `lines`, corners (4, 2) in pixels of `picture` (h, w, 3) RGB, in the same order."""
        crops = [_upright(picture, line) for line in lines]
        widths = [min(_MAX_WIDTH, ceil(_LINE_HEIGHT * crop.shape[1] / crop.shape[0])) for crop in crops]
        padded = [ceil(width / _WIDTH_STEP) * _WIDTH_STEP for width in widths]
        texts: dict[int, ReadText] = {}
        # Lines of one padded width go together, so that no line is read with more padding than alone.
        for width, group in groupby(sorted(range(len(crops)), key=padded.__getitem__), key=padded.__getitem__):
            members = list(group)
            for start in range(0, len(members), _BATCH):
                batch = members[start : start + _BATCH]
                seen = np.zeros((len(batch), 3, _LINE_HEIGHT, width), dtype=np.float32)
                for row, index in enumerate(batch):
                    seen[row, :, :, : widths[index]] = planes(cv2.resize(crops[index], (widths[index], _LINE_HEIGHT)))
                texts.update(zip(batch, self._spelled(seen), strict=True))
        return [texts[index] for index in range(len(crops))]

    def _spelled(self, seen: NDArray[np.float32]) -> list[ReadText]:
        """The text of float32 (n, 3, 48, w) lines."""
        (likely,) = self._network.run(None, {input_name(self._network): seen})
        if self._space_gain != 1.0:
            likely[..., self._space] = np.minimum(likely[..., self._space] * self._space_gain, 1.0)
        lines, _ = self._decode(likely)
        return [ReadText(_trimmed(text), float(score)) for text, score in lines]


def open_network(file: Path, device: Device) -> Any:
    """The network in `file`, on the card when there is one that onnxruntime can use."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = device.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Pictures come in a few sizes: an arena would keep the largest for ever and gains nothing measurable.
    options.enable_cpu_mem_arena = False
    # Other models share these cores: a thread that waits must sleep, not spin.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if device.kind == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        providers.insert(0, "CUDAExecutionProvider")
    return onnxruntime.InferenceSession(str(file), options, providers=providers)


def backend_of(network: Any) -> str:
    """What runs it: "onnxruntime-cuda" or "onnxruntime-cpu"."""
    return "onnxruntime-cuda" if "CUDAExecutionProvider" in network.get_providers() else "onnxruntime-cpu"


def input_name(network: Any) -> str:
    """What the network calls its one input."""
    return str(network.get_inputs()[0].name)


def planes(picture: NDArray[Any]) -> NDArray[np.float32]:
    """RGB (h, w, 3) uint8 as the networks learnt it: planes B, G, R in −1…1."""
    scaled = picture[:, :, ::-1].astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def _trimmed(text: str) -> str:
    """`text` without the marks that specks beside a line are read as."""
    return text.strip().lstrip("·•.,、。:;-–—_'`~|*").rstrip("·•`~|_").strip()


def _upright(picture: NDArray[np.uint8], line: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The line cut out and laid level; a column of text is turned a quarter."""
    width = max(1, round(float(max(np.linalg.norm(line[0] - line[1]), np.linalg.norm(line[3] - line[2])))))
    height = max(1, round(float(max(np.linalg.norm(line[0] - line[3]), np.linalg.norm(line[1] - line[2])))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(line, target)
    level = cv2.warpPerspective(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(level) if height >= 1.5 * width else level, dtype=np.uint8)
