"""Which graphics cards does this machine have, and how full are they?"""

import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    """One NVIDIA card."""

    index: int
    #: As the driver writes it, such as "NVIDIA L4".
    name: str
    #: Bytes.
    memory_used: int
    memory_total: int


def cards() -> tuple[Card, ...]:
    """The NVIDIA cards, by index; empty without a driver. No CUDA context is made: nothing is taken from a card."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_card(index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError as error:
        log.warning("the driver is there, but does not answer: %s", error)
        return ()
    finally:
        pynvml.nvmlShutdown()


def _card(index: int) -> Card:
    import pynvml

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    name = pynvml.nvmlDeviceGetName(handle)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return Card(
        index=index,
        name=name.decode() if isinstance(name, bytes) else str(name),
        memory_used=int(memory.used),
        memory_total=int(memory.total),
    )
