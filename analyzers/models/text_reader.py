"""Where is text in a picture, and what does it say?

PP-OCRv6 small: a detector of text lines (DBNet family, Liao et al. 2020) and a line recogniser (`line_recogniser.py`).
Both networks ship inside rapidocr's wheel (Apache-2.0, copyright Baidu) and run on onnxruntime; nothing is fetched.
Reads Chinese, Japanese and the Latin alphabets; a line of Hangul is found, but reads as nothing (`korean_reader.py`).
"""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.contract import Model, ModelInfo
from analyzers.errors import Unavailable
from analyzers.models import ModelSource
from analyzers.models.line_recogniser import LineRecogniser, ReadText, backend_of, input_name, open_network, planes

#: Pixels of the longer side the detector looks at. At 736 it finds all text of 28 px and more in a 1080x1920 picture,
#: also over a textured background, for 40 % of the time that 1024 takes; at 640 half of the 28 px lines are lost.
LONG_SIDE = 736
#: The network's strides need sides that are multiples of this.
_STRIDE = 32
#: Factor on the likelihood of a gap between words, which the model overlooks: of 150 rendered lines it then misses 9
#: gaps instead of 22 and invents none.
_SPACE_GAIN = 16.0


class TextReader(Model):
    """Finds and reads lines of text; safe to call from several threads."""

    role: ClassVar[str] = "text"

    def __init__(self, detector: Any, recogniser: LineRecogniser, info: ModelInfo) -> None:
        from rapidocr.ch_ppocr_det.utils import DBPostProcess

        self.info = info
        self._detector, self._recogniser = detector, recogniser
        self._outline = DBPostProcess(thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True)
        self.backend = backend_of(detector)

    @classmethod
    def load(cls, source: ModelSource) -> Self:
        """Loads both networks. Raises: Unavailable when a library or the weights in its wheel are missing."""
        try:
            import onnxruntime  # noqa: F401  # only whether it is there: open_network needs it
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
        lines = LineRecogniser(open_network(recogniser, source.device), _SPACE_GAIN)
        return cls(open_network(detector, source.device), lines, source.spec(cls).info)

    def find(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The text lines of `picture`, uint8 (h, w, 3) RGB: corners (4, 2) in its pixels, clockwise from the top left
        of the reading direction.
        """
        height, width = picture.shape[:2]
        scale = min(1.0, LONG_SIDE / max(height, width))
        size = (_strides(width * scale), _strides(height * scale))
        seen = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        (likely,) = self._detector.run(None, {input_name(self._detector): planes(seen)[np.newaxis]})
        corners, _ = self._outline(likely, (height, width))
        return [np.asarray(quad, dtype=np.float32) for quad in corners]

    def read(self, picture: NDArray[np.uint8], lines: Sequence[NDArray[np.float32]]) -> list[ReadText]:
        """What stands in each of `lines` of `picture` (as `find` gave them), in the same order."""
        return self._recogniser.read(picture, lines)


def _strides(pixels: float) -> int:
    return max(_STRIDE, round(pixels / _STRIDE) * _STRIDE)
