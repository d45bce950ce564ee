"""Is the service able to work, and which analyzers does it have?"""

from collections.abc import Iterable
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Dict, Float, Integer, List, Nested, String
from flask import current_app

from analyzers.catalog import ANALYZERS
from analyzers.contract import Analyzer
from mass_processing.gpu import cards
from mass_processing.health import DOWN, check_health
from mass_processing.web import the_store

blueprint = APIBlueprint("facts", __name__, enable_openapi=True)

_GB = 1e9


class GpuOut(Schema):
    gpu_name = String()
    memory_used_gb = Float()
    memory_total_gb = Float()


class HealthOut(Schema):
    status = String(metadata={"description": "healthy, degraded (some work waits) or down"})
    reasons = List(String())
    active_analyzers = Integer()
    gpu = Nested(GpuOut, allow_none=True)


class AnalyzerOut(Schema):
    name = String()
    version = String()
    kind = String(metadata={"description": "picture, sound or meaning"})
    summary = String()
    needs = Dict()


class AnalyzersOut(Schema):
    analyzers = List(Nested(AnalyzerOut))
    total = Integer()


@blueprint.get("/health")
@blueprint.output(HealthOut)
@blueprint.doc(summary="Is the service able to work?", responses={503: "Down: the database or Redis is away"})
def health() -> tuple[dict[str, Any], int]:
    found = check_health(the_store, current_app.config["MASS_PROCESSING"])
    document = {
        "status": found.status,
        "reasons": list(found.reasons),
        "active_analyzers": len(ANALYZERS),
        "gpu": _first_card(),
    }
    return document, 503 if found.status == DOWN else 200


@blueprint.get("/analyzers")
@blueprint.output(AnalyzersOut)
@blueprint.doc(summary="Which analyzers are there, and what do they need?")
def analyzers() -> dict[str, Any]:
    listed = [_described(analyzer) for analyzer in ANALYZERS]
    return {"analyzers": listed, "total": len(listed)}


def _first_card() -> dict[str, Any] | None:
    for card in cards():
        return {
            "gpu_name": card.name,
            "memory_used_gb": round(card.memory_used / _GB, 2),
            "memory_total_gb": round(card.memory_total / _GB, 2),
        }
    return None


def _described(analyzer: type[Analyzer[Any]]) -> dict[str, Any]:
    needs = analyzer.needs
    return {
        "name": analyzer.name,
        "version": analyzer.version,
        "kind": analyzer.kind,
        "summary": analyzer.summary,
        "needs": {
            "picture": needs.frames is not None,
            "sound": needs.audio is not None,
            "results": _names(needs.results),
            "models": [
                {"id": model.info.id, "revision": model.info.revision, "licence": model.info.licence}
                for model in needs.models
            ],
        },
    }


def _names(wanted: Iterable[type[Analyzer[Any]]]) -> list[str]:
    return [analyzer.name for analyzer in wanted]
