"""What is the dashboard made of?

Pages and JSON on :5000 over the store; it decides nothing.
Served by `gunicorn -c dashboard/gunicorn.py 'dashboard:create_app()'`.
"""

from flask import Flask, Response, make_response, render_template, request

from dashboard import health, jobs, media, overview, queue, show, transcripts, videos
from mass_processing.settings import Settings
from mass_processing.settings import settings as settings_of_this_process
from mass_processing.store import Store
from mass_processing.web import Problem, answer_errors, guard, keep_store, problem_json

#: Bytes of one request: a list of some ten thousand links.
MAX_BODY_BYTES = 2_000_000


def create_app(settings: Settings | None = None, store: Store | None = None) -> Flask:
    """The dashboard. Without a store it opens the one the settings name at its first request."""
    knobs = settings or settings_of_this_process()
    app = Flask(__name__)
    app.config["MASS_PROCESSING"] = knobs
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard(app, knobs, max_body_bytes=MAX_BODY_BYTES)
    keep_store(app, store, knobs)
    answer_errors(app, _show_problem)
    show.add_filters(app)
    for part in (overview, jobs, videos, media, transcripts, queue, health):
        app.register_blueprint(part.blueprint)
    return app


def _show_problem(problem: Problem) -> Response:
    if request.path.startswith(("/api/", "/health", "/metrics")) or _prefers_json():
        return problem_json(problem)
    return make_response(render_template("problem.html", problem=problem))


def _prefers_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]
