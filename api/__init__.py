"""What is the API made of?

One video at a time, for scripts: `gunicorn 'api:create_app()' -c api/gunicorn.py` on :8003, described at /openapi.json.
"""

from apiflask import APIFlask, HTTPError
from flask import Response

from api import analyze, facts
from mass_processing.settings import Settings
from mass_processing.settings import settings as settings_of_this_process
from mass_processing.store import Store
from mass_processing.web import Problem, answer_errors, guard, keep_store, problem_json

#: Bytes of one request.
MAX_BODY_BYTES = 64_000
#: Requests that may wait for their video at the same time; fewer than the server has threads, so that /health answers.
MAX_WAITING = 24


def create_app(
    settings: Settings | None = None, store: Store | None = None, *, max_waiting: int = MAX_WAITING
) -> APIFlask:
    """The API. Without a store it opens the one the settings name at its first request."""
    knobs = settings or settings_of_this_process()
    # No docs page: it would load its scripts from a foreign host.
    app = APIFlask(__name__, title="TikTok mass analysis", version="1", docs_path=None)
    app.config["MASS_PROCESSING"] = knobs
    app.config["DESCRIPTION"] = "Analyses one video, and says what the machine can do."
    app.config["VALIDATION_ERROR_STATUS_CODE"] = 400
    app.config["AUTO_404_RESPONSE"] = False
    app.config["VALIDATION_ERROR_SCHEMA"] = analyze.ErrorOut
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    guard(app, knobs, max_body_bytes=MAX_BODY_BYTES)
    keep_store(app, store, knobs)
    # First: it takes all errors for itself, and only those of a body are its own.
    app.error_processor(_described_error)
    answer_errors(app, problem_json)
    app.extensions["waiting_places"] = analyze.WaitingPlaces(max_waiting)
    app.register_blueprint(analyze.blueprint)
    app.register_blueprint(facts.blueprint)
    return app


def _described_error(error: HTTPError) -> tuple[Response, int]:
    """What APIFlask found wrong with a body, in the shape of all our errors."""
    wrong = "; ".join(analyze.sentences(error.detail)) if error.detail else str(error.message)
    problem = Problem(error.status_code, "bad_request", wrong, "The body is described at /openapi.json")
    return problem_json(problem), error.status_code
