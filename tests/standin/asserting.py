"""What is asked of a download in many tests?"""

from collections.abc import Callable
from typing import Any

import pytest

from mass_processing.errors import DownloadFailed
from tests.standin.behaviours import Behaviour, post_id
from tests.standin.server import TikTokStandin


def failure(run: Callable[[], Any]) -> DownloadFailed:
    with pytest.raises(DownloadFailed) as failed:
        run()
    return failed.value


def requests_of(standin: TikTokStandin, behaviour: Behaviour, serial: int = 0) -> list[str]:
    post = post_id(behaviour, serial)
    return [asked.path for asked in standin.asked if post in asked.path]
