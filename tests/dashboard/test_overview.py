from flask.testing import FlaskClient

from dashboard import create_app
from mass_processing.records import FailureClass, Stage
from mass_processing.settings import Settings
from mass_processing.store import Store, open_store
from tests.dashboard.seed import all_workers, completed, failed, link, pending
from tests.mass_processing.store.acts import webhook_given_up


def test_the_counts_are_those_of_the_database(client: FlaskClient, store: Store) -> None:
    failed(store, 1, FailureClass.PERMANENT)
    completed(store, 2)
    pending(store, 3, 4, 5)

    page = client.get("/").text

    for status, n in (("pending", 3), ("completed", 1), ("failed", 1), ("downloading", 0)):
        assert f'<span class="label">{status}</span>\n      <b>{n}</b>' in page
    assert "permanent<small>1</small>" in page


def test_a_failed_job_shows_its_reason(client: FlaskClient, store: Store) -> None:
    failed(store, 1, FailureClass.PERMANENT, "the post was deleted")

    assert "the post was deleted" in client.get("/").text


def test_webhooks_show_when_some_were_not_sent(client: FlaskClient, store: Store) -> None:
    assert "Webhooks" not in client.get("/").text

    webhook_given_up(store)

    page = client.get("/").text
    assert "given up<small>1</small>" in page
    assert "waiting<small>" not in page


def test_a_running_job_stands_above_a_large_backlog(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, 1)
    pending(store, *range(10, 60))

    assert f"/videos/{video_id}" in client.get("/").text


def test_without_a_worker_a_banner_says_that_videos_wait(client: FlaskClient, store: Store) -> None:
    pending(store, 1, 2)

    assert "2 videos wait: no worker is alive; start them with ./start_workers.sh" in client.get("/").text


def test_with_all_workers_alive_the_banner_names_only_redis(client: FlaskClient, store: Store) -> None:
    all_workers(store)

    page = client.get("/").text

    assert "no worker is alive" not in page
    assert "Redis can&#39;t be reached" in page


def test_a_worker_is_listed_with_the_video_it_holds(client: FlaskClient, store: Store) -> None:
    (video_id,) = pending(store, 1)
    all_workers(store)
    store.claim(Stage.DOWNLOAD, "download1@host")

    for path in ("/", "/workers"):
        page = client.get(path).text
        row = page[page.index('<span class="id">download1@host') :]
        assert video_id in row[: row.index("</tr>")]


def test_the_form_adds_the_good_links_and_names_the_bad_line(client: FlaskClient, store: Store) -> None:
    lines = f"{link(1).url}\nhttps://evil.example/a.mp4\n{link(1).url}?again=1"

    page = client.post("/add", data={"urls": lines, "priority": "8", "batch": "spring"}).text

    assert "1 added, 1 already known, 1 refused" in page
    assert "line 2" in page
    (job,) = store.jobs()
    assert (job.video_id, job.priority, job.batch) == (link(1).video_id, 8, "spring")


def test_a_bad_priority_in_the_form_adds_nothing(client: FlaskClient, store: Store) -> None:
    answer = client.post("/add", data={"urls": link(1).url, "priority": "11"})

    assert answer.status_code == 400
    assert "1 to 10" in answer.text
    assert store.jobs() == []


def test_what_was_typed_stays_in_the_form_when_it_can_not_be_taken(knobs: Settings) -> None:
    client = create_app(knobs, open_store(knobs)).test_client()

    answer = client.post("/add", data={"urls": link(1).url, "priority": "8", "batch": "spring"})

    assert answer.status_code == 503
    assert "start it with ./start_workers.sh" in answer.text
    assert f">{link(1).url}</textarea>" in answer.text
    assert '<option value="8" selected>' in answer.text
    assert 'value="spring"' in answer.text


def test_an_empty_form_is_told_what_to_do(client: FlaskClient) -> None:
    answer = client.post("/add", data={"urls": " \n ", "priority": "5"})

    assert answer.status_code == 400
    assert "there is no link in the box. Paste one link per line." in answer.text


def test_what_a_link_says_is_escaped(client: FlaskClient, store: Store) -> None:
    page = client.post("/add", data={"urls": "<script>alert(1)</script>", "priority": "5"}).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_without_a_database_the_page_says_so_and_asks_again(knobs: Settings) -> None:
    store = open_store(knobs)
    answer = create_app(knobs, store).test_client().get("/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "./start_workers.sh" in answer.text
    assert 'hx-trigger="every 5s"' in answer.text
    assert "Traceback" not in answer.text


def test_the_banner_says_what_pauses_and_why(client: FlaskClient, store: Store) -> None:
    pause = {"what": "downloads", "why": "too many videos wait"}
    store.heartbeat("system1@host", "system", "running", "host", 1, {"pauses": [pause]})

    for path in ("/", "/workers"):
        assert "downloads pause: too many videos wait" in client.get(path).text
