"""Does the real system worker send webhooks, and do its other work, while a receiver hangs?"""

import os
import subprocess
import sys

from mass_processing.settings import PROJECT, Settings
from mass_processing.store import Store
from tests.mass_processing.store.acts import Database, completed
from tests.mass_processing.webhooks.receiver import receiving, wait_until

_CELERY = (sys.executable, "-m", "celery", "-A", "mass_processing.celery_config")


def test_the_system_worker_sends_and_works_on_while_a_receiver_hangs_and_stops_when_told(
    store: Store, database: Database, redis_url: str, backend_settings: Settings
) -> None:
    with receiving() as hanging, receiving() as good:
        hanging.hangs.set()
        environment = {
            **os.environ,
            "VAR_DIR": str(backend_settings.var_dir),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "WEBHOOK_URL": f"{hanging.url},{good.url}",
            "WEBHOOK_SECRET": "key",
        }
        command = [*_CELERY, "worker", "-n", "system1@test", "-Q", "system", "-P", "threads", "-c", "2"]
        worker = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: len(database.execute("select from webhook_receivers").fetchall()) == 2)
            for number in range(1, 4):
                completed(store, number)
            hanging.wait_for(1)
            good.wait_for(3)
            subprocess.run([*_CELERY, "call", "record_metrics"], cwd=PROJECT, env=environment, check=True)
            wait_until(lambda: database.execute("select from performance_metrics").rowcount == 1)
            worker.terminate()
            said, _ = worker.communicate(timeout=60)
        finally:
            worker.kill()
            worker.wait()
    assert worker.returncode == 0
    assert all("Webhook-Signature" in request.headers for request in good.received)
    assert "Traceback" not in said
    assert "/hook" not in said, "an address may be as good as a password"
