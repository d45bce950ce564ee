"""Is the service able to work, and which analyzers does it have?"""

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Dict, Float, Integer, List, Nested, String
from flask import current_app

from analyzers.catalog import ANALYZERS
from mass_processing.analyzer_facts import analyzer_facts
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
    models = List(Dict(), metadata={"description": "those it can't do without: name, id, revision, licence"})
    better_with = List(Dict(), metadata={"description": "those it answers better with"})
    runs_on = String(metadata={"description": "gpu or cpu"})
    status = String(metadata={"description": "ok, degraded or unavailable on this machine"})
    reason = String(metadata={"description": "why it is not ok, and what to do"})


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
    listed = analyzer_facts(current_app.config["MASS_PROCESSING"])
    return {"analyzers": listed, "total": len(listed)}


def _first_card() -> dict[str, Any] | None:
    for card in cards():
        return {
            "gpu_name": card.name,
            "memory_used_gb": round(card.memory_used / _GB, 2),
            "memory_total_gb": round(card.memory_total / _GB, 2),
        }
    return None
