"""What do the command line and the API tell about an analyzer on this machine?"""

from typing import Any

from analyzers.catalog import ANALYZERS
from analyzers.describe import Description, describe, views_of
from analyzers.media import Audio, Frames
from analyzers.models.profiles import ModelSpec
from mass_processing.gpu import cards
from mass_processing.model_library import model_library
from mass_processing.settings import Settings


def analyzer_facts(settings: Settings) -> list[dict[str, Any]]:
    """Each analyzer as JSON: what it needs, its models with their licences, where it runs, its status here.

    Raises: Refused, naming the setting that names a model there isn't.
    """
    device = "cuda" if cards() else "cpu"
    library = model_library(settings, device)
    return [_facts(describe(analyzer, library), device) for analyzer in ANALYZERS]


def _facts(described: Description, device: str) -> dict[str, Any]:
    analyzer, views = described.analyzer, views_of(described.analyzer)
    return {
        "name": analyzer.name,
        "version": analyzer.version,
        "kind": analyzer.kind,
        "summary": analyzer.summary,
        "needs": {
            "picture": any(isinstance(view, Frames) for view in views),
            "sound": any(isinstance(view, Audio) for view in views),
            "results": list(described.reads),
            "may_read": list(described.may_read),
        },
        "models": [_model(spec) for spec in described.models],
        "better_with": [_model(spec) for spec in described.better_with],
        "runs_on": "gpu" if device == "cuda" and (described.models or described.better_with) else "cpu",
        "status": described.status.value,
        "reason": described.reason,
    }


def _model(spec: ModelSpec) -> dict[str, Any]:
    return {"name": spec.name, "id": spec.info.id, "revision": spec.info.revision, "licence": spec.info.licence}
