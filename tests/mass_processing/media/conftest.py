"""A real S3 service on loopback (moto's), and settings that lead to it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mass_processing.media.bucket import BucketPlace
from mass_processing.settings import Settings
from tests.servers import s3_running


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service's address; S3_ENDPOINT may name another one that runs, with a bucket `videos` (MinIO, say)."""
    if running := os.environ.get("S3_ENDPOINT"):
        yield running
        return
    with s3_running(tmp_path_factory.mktemp("s3")) as endpoint:
        yield endpoint


@pytest.fixture
def host(s3_endpoint: str, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a machine of that name, which shares nothing but a fresh folder of the bucket; more by name."""
    folder = uuid4().hex

    def make(name: str = "one", **values: str) -> Settings:
        usual = {
            "VAR_DIR": str(tmp_path / name),
            "MEDIA_URL": f"s3://videos/{folder}",
            "MEDIA_S3_ENDPOINT": s3_endpoint,
            "MEDIA_S3_REGION": "us-east-1",
            "MEDIA_S3_KEY": "AKIAEXAMPLE",
            "MEDIA_S3_SECRET": "a-very-secret-key",
        }
        return Settings.read({**usual, **{knob.upper(): value for knob, value in values.items()}})

    return make


@pytest.fixture
def bucket(host: Callable[..., Settings]) -> BucketPlace:
    return BucketPlace(host())
