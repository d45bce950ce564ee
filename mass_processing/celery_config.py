"""Which queues, priorities and schedules does Celery run with, and why?

Every value below was measured against Celery 5.7 on Redis; the reasons are in docs/design.md ("What was measured about
Celery"). Every process that talks to the broker (workers, beat, Flower, API, command line) must use this app: a
consumer with other priority steps never sees some of the lists.
"""

from celery import Celery
from kombu.entity import Exchange, Queue

from mass_processing.records import Stage
from mass_processing.settings import settings

#: The queue of feed, reconcile, metrics and whatever else beat asks for.
SYSTEM_QUEUE = "system"
#: Longer than any task and equal everywhere; recovery is the database's job, not this sweep's.
_VISIBILITY_TIMEOUT_SECONDS = 6 * 3600
#: Seconds between two repairs of the queue.
RECONCILE_SECONDS = min(15.0, settings().heartbeat_seconds)


def message_priority(user_priority: int) -> int:
    """Redis' 0 (first) … 9 (last) for the user's 10 (urgent) … 1."""
    return 10 - user_priority


app = Celery("mass_processing", broker=settings().broker_url, include=["mass_processing.tasks"])
app.conf.update(
    # Messages are permits: nobody reads an answer, and nothing is kept.
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    # Celery's own default, 0, would make everything urgent.
    task_default_priority=message_priority(5),
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in (*Stage, SYSTEM_QUEUE)],
    task_default_queue=SYSTEM_QUEUE,
    task_create_missing_queues=False,
    broker_transport_options={
        # Ten exact levels; the default four invert priorities.
        "priority_steps": list(range(10)),
        "queue_order_strategy": "priority",
        "visibility_timeout": _VISIBILITY_TIMEOUT_SECONDS,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": settings().broker_url.startswith("redis://"),
        "health_check_interval": 10,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Without it one Redis error answer (out of memory, read-only) ends the worker.
    broker_channel_error_retry=True,
    broker_pool_acquire_timeout=10,
    # Nothing is fetched ahead, so an urgent video overtakes everything.
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=True,
    # yt-dlp, psycopg and CUDA don't survive a fork.
    worker_pool_start_method="spawn",
    worker_proc_alive_timeout=60,
    worker_max_tasks_per_child=100,
    task_reject_on_worker_lost=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    # Flower asks for them every few seconds; without it nobody reads them.
    worker_send_task_events=False,
    task_send_sent_event=False,
    beat_schedule={
        # `expires`: a tick that was not run within its period is pointless. `retry`: the next tick is one.
        "feed": {"task": "feed", "schedule": 1.0, "options": {"expires": 5, "retry": False}},
        "reconcile": {
            "task": "reconcile",
            "schedule": RECONCILE_SECONDS,
            "options": {"expires": 15, "retry": False},
        },
        "tidy_media": {"task": "tidy_media", "schedule": 60.0, "options": {"expires": 60, "retry": False}},
        "record_metrics": {"task": "record_metrics", "schedule": 60.0, "options": {"expires": 60, "retry": False}},
    },
    beat_scheduler="mass_processing.celery_parts:Beat",
    worker_consumer="mass_processing.celery_parts:QuickConsumer",
)
app.steps["worker"].add("mass_processing.celery_parts:Turns")
