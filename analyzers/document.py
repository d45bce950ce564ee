"""What does a whole analysis look like as JSON?"""

import importlib.metadata
from dataclasses import asdict
from typing import Any

from analyzers.contract import Outcome
from analyzers.jsonable import jsonable
from analyzers.report import outcome_document
from analyzers.run import Analysis

#: Packages whose version may change an answer.
_PACKAGES = ("av", "numpy", "opencv-python-headless", "torch", "transformers", "ultralytics")


def analysis_document(analysis: Analysis, device: str) -> dict[str, Any]:
    """The JSON form of an analysis: video, outcomes by analyzer, what the shared passes took, device, versions."""
    return {
        "video": jsonable(asdict(analysis.video)),
        "analyzer_results": {outcome.analyzer: outcome_document(outcome) for outcome in analysis.outcomes},
        "passes": {outcome.analyzer: _pass_document(outcome) for outcome in analysis.passes},
        "decode_seconds": round(analysis.decode_seconds, 3),
        "device": device,
        "versions": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _pass_document(outcome: Outcome) -> dict[str, Any]:
    document = outcome_document(outcome)
    return {key: document[key] for key in ("status", "seconds", "backend", "model", "reason")}
