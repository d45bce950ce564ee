"""Where do decoded pictures and samples lie while their number is not yet known?

In memory up to a limit; past it in a file that has no name, so nothing is left behind whatever happens.
"""

import math
import mmap
import tempfile
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


class GrowingArray(Generic[T]):
    """Items of one shape, appended at the end.

    The limit is reserved at once but costs memory only as it is filled: the pages of an empty array are untouched.
    """

    def __init__(self, item_shape: tuple[int, ...], dtype: type[T], limit: int, scratch: Path) -> None:
        """`limit` is the number of items held in memory; with 0 all go to a file in `scratch`."""
        self._items: NDArray[T] = np.empty((limit, *item_shape), dtype)
        self._scratch = scratch
        self._file: Any = None
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def spilled(self) -> bool:
        """Whether the items lie in a file."""
        return self._file is not None

    def append(self, items: NDArray[T]) -> None:
        """Adds `items`, (k, *item_shape). Raises: OSError when the disk is full."""
        end = self._count + len(items)
        if self._file is None and end > len(self._items):
            self._spill()
        if self._file is None:
            self._items[self._count : end] = items
        else:
            self._file.write(np.ascontiguousarray(items, self._items.dtype).data)
        self._count = end

    def halve(self) -> None:
        """Keeps every second item, the first included."""
        items = self._items if self._file is None else self._mapped("r+")
        self._count = (self._count + 1) // 2
        for index in range(1, self._count):
            items[index] = items[2 * index]
        if self._file is not None:
            del items  # what was written through the mapping is in the file when that is gone
            self._file.seek(self._count * self._item_bytes)
            self._file.truncate()

    def finish(self) -> NDArray[T]:
        """All items, read-only; nothing may be appended any more."""
        items = self._items[: self._count]
        if self._file is not None and self._count:
            items = self._mapped("r")
        self.close()
        items.flags.writeable = False
        return items

    def close(self) -> None:
        """Gives the memory and the file back; arrays handed out by `finish` stay valid."""
        self._items = self._items[:0]
        if self._file is not None:
            self._file.close()

    @property
    def _item_bytes(self) -> int:
        return math.prod(self._items.shape[1:]) * self._items.dtype.itemsize

    def _mapped(self, mode: Literal["r", "r+"]) -> NDArray[T]:
        """What lies in the file."""
        self._file.flush()
        shape = (self._count, *self._items.shape[1:])
        return np.asarray(np.memmap(self._file, self._items.dtype, mode=mode, shape=shape))

    def _spill(self) -> None:
        """Moves what is there to a file without a name."""
        self._file = tempfile.TemporaryFile(dir=self._scratch, prefix="view-")  # noqa: SIM115  # closed by `close`
        self._file.write(self._items[: self._count].data)
        self._items = np.empty((0, *self._items.shape[1:]), self._items.dtype)


def forget_pages(items: NDArray[Any]) -> None:
    """Gives back the memory that the file behind `items` takes in this process; it is read again when looked at.

    Does nothing for what lies in memory. Without this, a file that is read once counts as this process' memory.
    """
    base: object = items
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)
