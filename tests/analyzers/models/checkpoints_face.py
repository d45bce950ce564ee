"""How is a network made that takes and gives what YuNet does, with random weights?

The graph is written as ONNX by hand, for the onnx package is not among our dependencies: one convolution per grid, and
a head for each output, under the names and shapes of face_detection_yunet_2023mar.onnx. It detects nothing.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_STRIDES, _HEADS = (8, 16, 32), {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
_FLOAT, _INT64, _FEATURES = 1, 7, 4


def build_face(folder: Path, *, side: int = 640, seed: int = 0) -> Path:
    """Writes a randomly initialised network with YuNet's input and outputs, and the manifest, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "face_detection_yunet_2023mar.onnx").write_bytes(_model(side, np.random.default_rng(seed)))
    (folder / "manifest.json").write_text("{}")
    return folder


def _model(side: int, chance: np.random.Generator) -> bytes:
    nodes, weights, outputs = [], [], []
    for name in _HEADS:
        for stride in _STRIDES:
            outputs.append(_field(12, _value(f"{name}_{stride}", (1, (side // stride) ** 2, _HEADS[name]))))
    for stride in _STRIDES:
        kernel = chance.standard_normal((_FEATURES, 3, stride, stride)).astype(np.float32)
        weights.append(_tensor(f"w{stride}", kernel / (stride * 255)))
        strides = _ints("strides", (stride, stride))
        nodes.append(_node("Conv", ("input", f"w{stride}"), f"f{stride}", strides))
        for name, width in _HEADS.items():
            place = f"{name}_{stride}"
            weights.append(_tensor(f"w_{place}", _head(name, width, chance)))
            weights.append(_tensor(f"s_{place}", np.array([1, -1, width], np.int64)))
            nodes.append(_node("Conv", (f"f{stride}", f"w_{place}"), f"c_{place}"))
            nodes.append(_node("Transpose", (f"c_{place}",), f"t_{place}", _ints("perm", (0, 2, 3, 1))))
            scored = name in ("cls", "obj")
            nodes.append(_node("Reshape", (f"t_{place}", f"s_{place}"), f"r_{place}" if scored else place))
            if scored:
                nodes.append(_node("Sigmoid", (f"r_{place}",), place))
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"yunet")
    graph += b"".join(_field(5, weight) for weight in weights)
    graph += _field(11, _value("input", (1, 3, side, side))) + b"".join(outputs)
    return _number(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, 13))


def _head(name: str, width: int, chance: np.random.Generator) -> NDArray[np.float32]:
    # Wide enough that a few of the places are over the threshold, narrow enough that boxes stay in the picture.
    spread = {"cls": 6.0, "obj": 6.0, "bbox": 0.8, "kps": 0.8}[name]
    return (spread * chance.standard_normal((width, _FEATURES, 1, 1))).astype(np.float32)


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    dims = b"".join(_number(1, length) for length in values.shape)
    return dims + _number(2, kind) + _field(8, name.encode()) + _field(9, np.ascontiguousarray(values).tobytes())


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_field(1, _number(1, length)) for length in shape)
    tensor = _number(1, _FLOAT) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _ints(name: str, values: tuple[int, ...]) -> bytes:
    return _field(1, name.encode()) + b"".join(_number(8, value) for value in values) + _number(20, 7)


def _node(kind: str, inputs: tuple[str, ...], output: str, attribute: bytes | None = None) -> bytes:
    node = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
    node += _field(3, output.encode()) + _field(4, kind.encode())
    return node + (_field(5, attribute) if attribute is not None else b"")
