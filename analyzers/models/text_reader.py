"""Where is text in a picture, and what does it say?

PP-OCRv6 small: a detector of text lines (DBNet family, Liao et al. 2020) and a line recogniser decoded with CTC. Both
networks ship inside rapidocr's wheel (Apache-2.0, copyright Baidu) and run on onnxruntime; nothing is fetched.
Reads Chinese, Japanese and the Latin alphabets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model, ModelInfo
from analyzers.errors import Unavailable
from analyzers.models import Device, ModelSource

#: Pixels of the longer side the detector looks at. At 736 it finds all text of 28 px and more in a 1080x1920 picture,
#: also over a textured background, for 40 % of the time that 1024 takes; at 640 half of the 28 px lines are lost.
LONG_SIDE = 736
#: The network's strides need sides that are multiples of this.
_STRIDE = 32
#: Pixels: the height of a line as the recogniser sees it, and the step its widths are rounded up to.
_LINE_HEIGHT, _WIDTH_STEP = 48, 64
#: Pixels: a line is never stretched wider than this.
_MAX_WIDTH = 3200
#: Factor on the likelihood of a gap between words, which the model overlooks: of 150 rendered lines it then misses 9
#: gaps instead of 22 and invents none.
_SPACE_GAIN = 16.0
#: Lines recognised at once.
_BATCH = 8


@dataclass(frozen=True, slots=True)
class ReadText:
    """What one line says."""

    text: str
    #: Mean confidence of its characters, 0–1.
    score: float


class TextReader(Model):
    """Finds and reads lines of text; safe to call from several threads."""

    role: ClassVar[str] = "text"

    def __init__(self, detector: Any, recogniser: Any, info: ModelInfo) -> None:
        from rapidocr.ch_ppocr_det.utils import DBPostProcess
        from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

        self.info = info
        self._detector, self._recogniser = detector, recogniser
        self._outline = DBPostProcess(thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True)
        characters = recogniser.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._decode = CTCLabelDecode(character=characters)
        self._space = self._decode.character.index(" ")
        on_card = "CUDAExecutionProvider" in detector.get_providers()
        self.backend = "onnxruntime-cuda" if on_card else "onnxruntime-cpu"

    @classmethod
    def load(cls, source: ModelSource) -> Self:
        """Loads both networks. Raises: Unavailable when a library or the weights in its wheel are missing."""
        try:
            import onnxruntime
            import rapidocr
        except ImportError as error:
            raise Unavailable(f"{error.name} is not installed; run: pip install -r requirements.txt") from error
        weights = Path(rapidocr.__file__).parent / "models"
        detector, recogniser = weights / "PP-OCRv6_det_small.onnx", weights / "PP-OCRv6_rec_small.onnx"
        for file in (detector, recogniser):
            if not file.is_file():
                raise Unavailable(
                    f"{file.name} is not in the installed rapidocr {version('rapidocr')}; "
                    "run: pip install --force-reinstall -r requirements.txt"
                )
        sessions = [_session(onnxruntime, file, source.device) for file in (detector, recogniser)]
        return cls(sessions[0], sessions[1], source.spec(cls).info)

    def find(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The text lines of `picture`, uint8 (h, w, 3) RGB: corners (4, 2) in its pixels, clockwise from the top left
        of the reading direction.
        """
        height, width = picture.shape[:2]
        scale = min(1.0, LONG_SIDE / max(height, width))
        size = (_strides(width * scale), _strides(height * scale))
        seen = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        (likely,) = self._detector.run(None, {_input(self._detector): _planes(seen)[np.newaxis]})
        corners, _ = self._outline(likely, (height, width))
        return [np.asarray(quad, dtype=np.float32) for quad in corners]

    def read(self, picture: NDArray[np.uint8], lines: Sequence[NDArray[np.float32]]) -> list[ReadText]:
        """What stands in each of `lines` of `picture` (as `find` gave them), in the same order."""
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
                    seen[row, :, :, : widths[index]] = _planes(cv2.resize(crops[index], (widths[index], _LINE_HEIGHT)))
                texts.update(zip(batch, self._spelled(seen), strict=True))
        return [texts[index] for index in range(len(crops))]

    def _spelled(self, seen: NDArray[np.float32]) -> list[ReadText]:
        """The text of float32 (n, 3, 48, w) lines."""
        (likely,) = self._recogniser.run(None, {_input(self._recogniser): seen})
        likely[..., self._space] = np.minimum(likely[..., self._space] * _SPACE_GAIN, 1.0)
        lines, _ = self._decode(likely)
        return [ReadText(_trimmed(text), float(score)) for text, score in lines]


def _trimmed(text: str) -> str:
    """`text` without the marks that specks beside a line are read as."""
    return text.strip().lstrip("·•.,、。:;-–—_'`~|*").rstrip("·•`~|_").strip()


def _session(onnxruntime: Any, file: Path, device: Device) -> Any:
    """The network in `file`, on the card when there is one that onnxruntime can use."""
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


def _input(session: Any) -> str:
    return str(session.get_inputs()[0].name)


def _strides(pixels: float) -> int:
    return max(_STRIDE, round(pixels / _STRIDE) * _STRIDE)


def _planes(picture: NDArray[Any]) -> NDArray[np.float32]:
    """RGB (h, w, 3) uint8 as the networks learnt it: planes B, G, R in −1…1."""
    scaled = picture[:, :, ::-1].astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def _upright(picture: NDArray[np.uint8], line: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The line cut out and laid level; a column of text is turned a quarter."""
    width = max(1, round(float(max(np.linalg.norm(line[0] - line[1]), np.linalg.norm(line[3] - line[2])))))
    height = max(1, round(float(max(np.linalg.norm(line[0] - line[3]), np.linalg.norm(line[1] - line[2])))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(line, target)
    level = cv2.warpPerspective(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(level) if height >= 1.5 * width else level, dtype=np.uint8)
