import pytest
from flask.testing import FlaskClient

from mass_processing.records import FailureClass, JobFilter, JobStatus
from mass_processing.store import Store
from tests.dashboard.seed import completed, downloaded, failed, link, outcome, pending


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        pytest.param("status=failed", (1, 2), (3, 4), id="by status"),
        pytest.param("class=permanent", (1,), (2, 3, 4), id="by failure class"),
        pytest.param("batch=spring", (2, 4), (1, 3), id="by batch"),
        pytest.param("status=pending&batch=spring", (4,), (1, 2, 3), id="by status and batch"),
        pytest.param("", (1, 2, 3, 4), (), id="not at all"),
    ],
)
def test_the_list_is_narrowed(
    client: FlaskClient, store: Store, query: str, shown: tuple[int, ...], hidden: tuple[int, ...]
) -> None:
    failed(store, 1, FailureClass.PERMANENT)
    failed(store, 2, FailureClass.AUTH_NEEDED, batch="spring")
    completed(store, 3)
    pending(store, 4, batch="spring")

    page = client.get(f"/jobs?{query}").text

    assert all(f'value="{link(n).video_id}"' in page for n in shown)
    assert not any(f'value="{link(n).video_id}"' in page for n in hidden)


@pytest.mark.parametrize("query", ["status=done", "class=bad", "before=x"])
def test_a_filter_that_does_not_exist_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/jobs?{query}").status_code == 400


def test_a_downloaded_video_without_a_lease_is_said_to_wait(client: FlaskClient, store: Store) -> None:
    downloaded(store, 1)

    assert "waits for a worker" in client.get("/jobs").text


def test_pages_hold_every_job_once(client: FlaskClient, store: Store) -> None:
    ids = pending(store, *range(120))

    seen: list[str] = []
    path: str | None = "/jobs"
    while path:
        page = client.get(path).text
        seen += [part.split('"')[0] for part in page.split('name="video_id" value="')[1:]]
        path = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in page else None
        path = path.replace("&amp;", "&") if path else None

    assert seen == ids[::-1]


def test_requeue_of_a_class_moves_only_that_class(client: FlaskClient, store: Store) -> None:
    again = failed(store, 1, FailureClass.TRANSIENT)
    failed(store, 2, FailureClass.PERMANENT)

    answer = client.post("/jobs/requeue", data={"class": "transient", "back": "/failures"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/failures?requeued=1"
    assert [job.video_id for job in store.jobs(JobFilter(status=JobStatus.PENDING))] == [again]


def test_the_page_after_a_requeue_says_how_many(client: FlaskClient, store: Store) -> None:
    ids = [failed(store, n, FailureClass.TRANSIENT) for n in (1, 2)]

    page = client.post("/jobs/requeue", data={"video_id": ids, "back": "/jobs"}, follow_redirects=True).text

    assert "2 videos wait again." in page


def test_a_requeue_that_names_nothing_changes_nothing(client: FlaskClient, store: Store) -> None:
    failed(store, 1, FailureClass.TRANSIENT)

    assert client.post("/jobs/requeue", data={}).status_code == 400
    assert store.stats().jobs["failed"] == 1


def test_a_completed_video_runs_anew_when_asked_by_name(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, 1)

    client.post("/jobs/requeue", data={"video_id": video_id, "again": "1"})

    assert store.stats().jobs["completed"] == 0


def test_again_without_names_spares_the_completed_videos(client: FlaskClient, store: Store) -> None:
    completed(store, 1)
    failed(store, 2, FailureClass.TRANSIENT)

    client.post("/jobs/requeue", data={"all": "1", "again": "1"})

    assert store.stats().jobs["completed"] == 1
    assert store.stats().jobs["failed"] == 0


def test_cancel_ends_the_chosen_jobs_only(client: FlaskClient, store: Store) -> None:
    first, second = pending(store, 1, 2)

    client.post("/jobs/cancel", data={"video_id": first})

    (cancelled,) = store.jobs(JobFilter(failure_class=FailureClass.CANCELLED))
    assert cancelled.video_id == first
    assert [job.video_id for job in store.jobs(JobFilter(status=JobStatus.PENDING))] == [second]


def test_cancel_without_names_is_refused(client: FlaskClient, store: Store) -> None:
    pending(store, 1)

    assert client.post("/jobs/cancel", data={"status": "pending"}).status_code == 400
    assert store.stats().jobs["pending"] == 1


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_a_form_never_leads_to_another_site(client: FlaskClient, store: Store, elsewhere: str) -> None:
    video_id = failed(store, 1, FailureClass.TRANSIENT)

    answer = client.post("/jobs/requeue", data={"video_id": video_id, "back": elsewhere})

    assert answer.headers["Location"].startswith("/jobs?")


def test_failures_are_grouped_with_the_largest_class_first(client: FlaskClient, store: Store) -> None:
    for n in (1, 2):
        failed(store, n, FailureClass.AUTH_NEEDED, "only its followers may see it")
    failed(store, 3, FailureClass.PERMANENT)

    page = client.get("/failures").text

    assert page.index("class-auth_needed") < page.index("class-permanent")
    assert "only its followers may see it" in page
    assert "Requeue all 2" in page


def test_without_failures_the_page_says_so(client: FlaskClient) -> None:
    assert "Nothing has failed." in client.get("/failures").text


def test_a_failed_analyzer_is_run_again_from_the_page_of_its_video(client: FlaskClient, store: Store) -> None:
    video_id = completed(store, 1, outcomes={"color_analysis": outcome(status="failed"), "cut_analysis": outcome()})

    page = client.get(f"/videos/{video_id}").text
    form = {"video_id": video_id, "analyzer": "color_analysis", "back": f"/videos/{video_id}"}
    answer = client.post("/jobs/reanalyze", data=form)

    assert page.count('action="/jobs/reanalyze"') == page.count('aria-label="Run color analysis again"') == 1
    assert answer.headers["Location"] == f"/videos/{video_id}?requeued=1"
    assert "runs again: color_analysis" in client.get("/jobs").text
    assert "its earlier results are here" in client.get(f"/videos/{video_id}").text


@pytest.mark.parametrize("form", [{"video_id": "tiktok:1"}, {"analyzer": "cut_analysis", "all": "1"}])
def test_a_re_run_that_names_no_video_or_no_analyzer_is_refused(client: FlaskClient, form: dict[str, str]) -> None:
    assert client.post("/jobs/reanalyze", data=form).status_code == 400
