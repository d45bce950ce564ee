"""Is the document of an outcome what files, tables and pages expect?"""

import json
from dataclasses import dataclass

import numpy as np

from analyzers.contract import ModelInfo, Outcome, Result, Segment, Status
from analyzers.report import outcome_document


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Found(Result):
    count: int
    where: tuple[Point, ...]

    def headline(self):
        return f"{self.count} found"

    def timeline(self):
        return [Segment(0.0, 1.5, "thing", 0.9, "a\x00b", {"size": np.float32(0.5)})]


def test_an_answer_is_told_in_full():
    outcome = Outcome(
        "finder",
        "2",
        Status.OK,
        1.23456,
        Found(np.int64(1), (Point(0.25, float("nan")),)),
        ModelInfo("m", "1", "MIT"),
        "onnx",
    )

    assert outcome_document(outcome) == {
        "status": "ok",
        "version": "2",
        "seconds": 1.2346,
        "backend": "onnx",
        "model": {"id": "m", "revision": "1", "licence": "MIT"},
        "reason": "",
        "headline": "1 found",
        "result": {"count": 1, "where": [{"x": 0.25, "y": None}]},
        "segments": [{"start": 0.0, "end": 1.5, "label": "thing", "score": 0.9, "text": "ab", "data": {"size": 0.5}}],
    }


def test_no_answer_has_a_reason_and_no_result():
    document = outcome_document(Outcome("finder", "2", Status.FAILED, 0.5, reason="ValueError: no"))

    assert (document["status"], document["reason"]) == ("failed", "ValueError: no")
    assert (document["result"], document["headline"], document["model"], document["segments"]) == (None, None, None, [])


def test_a_document_is_plain_json():
    document = outcome_document(Outcome("finder", "2", Status.OK, 0.5, Found(1, ())))

    assert json.loads(json.dumps(document, allow_nan=False)) == document
