import subprocess
import sys

from flask.testing import FlaskClient

from analyzers.catalog import ANALYZERS
from api import create_app
from mass_processing.settings import PROJECT, Settings
from mass_processing.store import Store
from tests.dashboard.seed import all_workers


def test_health_is_down_without_redis_and_says_so(client: FlaskClient, store: Store) -> None:
    all_workers(store)

    answer = client.get("/health")

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "down"
    assert answer.json["reasons"][0].startswith("Redis can't be reached")


def test_health_is_degraded_without_workers(redis_url: str, store: Store) -> None:
    answer = create_app(Settings(redis_url=redis_url), store).test_client().get("/health")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "degraded"
    assert answer.json["reasons"] == ["no worker is alive; start them with ./start_workers.sh"]


def test_health_is_healthy_with_everything_there(redis_url: str, store: Store) -> None:
    all_workers(store)

    document = create_app(Settings(redis_url=redis_url), store).test_client().get("/health").json

    assert document is not None
    assert (document["status"], document["reasons"]) == ("healthy", [])
    assert document["active_analyzers"] == len(ANALYZERS)


def test_health_names_the_card_or_says_that_there_is_none(client: FlaskClient) -> None:
    from mass_processing.gpu import cards

    document = client.get("/health").json

    assert document is not None
    if cards():
        assert set(document["gpu"]) == {"gpu_name", "memory_used_gb", "memory_total_gb"}
    else:
        assert document["gpu"] is None


def test_every_analyzer_is_listed_in_the_order_of_the_catalog(client: FlaskClient) -> None:
    document = client.get("/analyzers").json

    assert document is not None
    assert ANALYZERS
    assert document["total"] == len(ANALYZERS)
    assert [each["name"] for each in document["analyzers"]] == [analyzer.name for analyzer in ANALYZERS]
    for each in document["analyzers"]:
        assert each["summary"]
        assert each["kind"] in ("picture", "sound", "meaning")
        assert any(each["needs"].values())
        assert each["status"] in ("ok", "degraded", "unavailable")
        assert bool(each["reason"]) == (each["status"] != "ok")


def test_neither_face_imports_a_model_library() -> None:
    heavy = "torch", "torchvision", "onnxruntime", "rapidocr", "transformers", "yt_dlp"
    code = f"import sys, api, dashboard; print([name for name in {heavy} if name in sys.modules])"

    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_the_openapi_document_describes_the_three_operations(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json

    assert document is not None
    assert set(document["paths"]) == {"/analyze", "/health", "/analyzers"}
    asked = document["paths"]["/analyze"]["post"]
    assert asked["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/AnalyzeIn")
    assert {"200", "400", "403", "404", "422", "503", "504"} <= set(asked["responses"])


def test_no_page_loads_scripts_from_another_site(client: FlaskClient) -> None:
    assert client.get("/docs").status_code == 404


def test_errors_are_json_in_one_shape(client: FlaskClient) -> None:
    for answer in (client.get("/nothing"), client.get("/analyze"), client.post("/analyze", json={})):
        assert answer.json is not None
        assert set(answer.json["error"]) == {"code", "message", "hint"}


def test_an_unknown_address_is_named(client: FlaskClient) -> None:
    answer = client.get("/analyse")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
    assert "GET /analyse" in answer.json["error"]["message"]


def test_a_wrong_method_says_which_one_works(client: FlaskClient) -> None:
    answer = client.get("/analyze")
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
