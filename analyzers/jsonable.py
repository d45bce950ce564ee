"""How does a value become JSON that every database takes?

The one place that cleans: NaN and infinities become null, numpy values become Python's, NUL characters and lone
surrogates are dropped, dataclasses become objects. Postgres refuses NUL and surrogates, JSON has no NaN.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np


def jsonable(value: Any) -> Any:
    """`value` as dicts, lists, strings, numbers, booleans and None. Raises: TypeError for what has no JSON form."""
    # Nearly every value has exactly one of these types; to find out what another one is like takes far longer.
    cleaned = _USUAL.get(type(value))
    if cleaned is not None:
        return cleaned(value)
    match value:
        case np.generic():
            return jsonable(value.item())
        case np.ndarray():
            return jsonable(value.tolist())
        case Mapping():
            return {clean_text(str(key)): jsonable(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [jsonable(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    match value:
        case Enum():
            return jsonable(value.value)
        case None | bool() | int():
            return value
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
        case str() | PurePath():
            return clean_text(str(value))
    raise TypeError(f"{type(value).__name__} has no JSON form: {value!r:.80}")


def clean_text(text: str) -> str:
    """`text` without NUL characters and lone surrogates."""
    if text.isascii() and "\x00" not in text:  # nearly every text
        return text
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _items(value: Iterable[Any]) -> list[Any]:
    return [item if type(item) in _AS_THEY_ARE else jsonable(item) for item in value]


#: Most values by far; they cost no call.
_AS_THEY_ARE: frozenset[type] = frozenset({int, bool, type(None)})
_USUAL: dict[type, Callable[[Any], Any]] = {
    str: clean_text,
    float: lambda value: value if math.isfinite(value) else None,
    **dict.fromkeys(_AS_THEY_ARE, lambda value: value),
    dict: lambda value: dict(zip((clean_text(str(key)) for key in value), _items(value.values()), strict=True)),
    list: _items,
    tuple: _items,
}
