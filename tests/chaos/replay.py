"""How do messages come that nobody wanted? `python -m tests.chaos.replay NUMBER SEED` sends them; job ids on stdin."""

import json
import random
import sys

from mass_processing.celery_config import app
from mass_processing.records import Stage

_TASKS = {Stage.DOWNLOAD: "download", Stage.GPU: "analyze_on_gpu", Stage.CPU: "analyze_on_cpu"}


def main(number: str, seed: str) -> None:
    chance = random.Random(int(seed))
    ids = [*json.load(sys.stdin), 10**9]
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for _ in range(int(number)):
            stage = chance.choice(list(_TASKS))
            app.send_task(
                _TASKS[stage],
                args=[chance.choice(ids)],
                queue=stage.value,
                priority=chance.randrange(10),
                producer=producer,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
