"""How does a person see which webhooks were sent, send them again, and try whether they arrive?"""

from typing import Any
from urllib.parse import urlsplit

import click

from mass_processing.cli.options import as_json_option, the_store
from mass_processing.cli.output import print_json, print_table, say

_STATES = ("waiting", "sending", "sent", "given_up")


@click.group("webhooks", no_args_is_help=False)
def webhooks_command() -> None:
    """See, retry and test the webhooks that tell others when a video ended.

    WEBHOOK_URL names who is told; docs/webhooks.md says what they get.
    """


@webhooks_command.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only deliveries in this state.")
@click.option("-n", "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@as_json_option
def list_command(state: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, newest first: what was told to whom, and why not yet."""
    from mass_processing.store.deliveries import DeliveryState

    with the_store() as store:
        rows = list(store.deliveries.newest(DeliveryState(state) if state else None, limit))
    if as_json:
        print_json({"deliveries": rows})
        return
    headings = ("event", "type", "video", "receiver", "state", "tries", "next try", "answer")
    print_table(headings, [_cells(row) for row in rows])
    if not rows:
        say("no deliveries" if state else "no deliveries; WEBHOOK_URL names who is told")


@webhooks_command.command("retry")
@click.argument("events", nargs=-1, metavar="[EVENT]...")
@as_json_option
def retry_command(events: tuple[str, ...], as_json: bool) -> int:
    """Send again what was given up, and at once what waits for its next try: all of it, or the events named."""
    with the_store() as store:
        count = store.deliveries.retry(events)
    if as_json:
        print_json({"retried": count})
    say(f"{count:,} deliveries are due now")
    return 1 if events and not count else 0


@webhooks_command.command("test")
@as_json_option
def test_command(as_json: bool) -> int:
    """Send a `webhook.test` to every address of WEBHOOK_URL, and show what each answers. Exit 0 when all took it."""
    from mass_processing.settings import settings
    from mass_processing.webhooks import post_once, sample_message

    knobs = settings()
    if not knobs.webhook_url:
        raise click.ClickException("WEBHOOK_URL is empty; set it to the address that should be told")
    message = sample_message(knobs.pages_address)
    answers = {url: post_once(url, message, knobs.webhook_secret) for url in knobs.webhook_url}
    if as_json:
        print_json(
            {
                "event_id": message.event_id,
                "signed": bool(knobs.webhook_secret),
                "answers": [
                    {"receiver": url, "taken": each.taken, "http_status": each.http_status, "answer": each.why_not}
                    for url, each in answers.items()
                ],
            }
        )
    else:
        print_table(
            ("receiver", "state", "answer"),
            [
                (_place(url), "ok" if each.taken else "failed", each.why_not or each.http_status)
                for url, each in answers.items()
            ],
        )
    if not knobs.webhook_secret:
        say("not signed: WEBHOOK_SECRET is empty")
    return 0 if all(each.taken for each in answers.values()) else 1


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    return (
        row["event_id"],
        row["type"],
        row["video_id"],
        _place(row["receiver"]),
        row["state"],
        row["tries"],
        row["next_try_at"],
        row["answer"],
    )


def _place(url: str) -> str:
    """Without what may be a password: user, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
