"""Which Celery app do the tested workers run? Ours, with a quick engine in place of the real one: the queue is tested.

`celery -A tests.chaos.app worker …`
"""

import os
from dataclasses import replace

from mass_processing import worker
from mass_processing.celery_config import app
from mass_processing.engine import EngineConfig
from mass_processing.settings import Settings

__all__ = ["app"]

_real = worker.engine_config


def quick_engine(kind: str, name: str, settings: Settings) -> EngineConfig:
    """What the worker starts: the quick engine, which counts as hung after CHAOS_SILENCE seconds."""
    silence_s = float(os.environ.get("CHAOS_SILENCE", "10"))
    return replace(_real(kind, name, settings), module="tests.chaos.quick_engine", silence_s=silence_s, start_s=30.0)


worker.engine_config = quick_engine
