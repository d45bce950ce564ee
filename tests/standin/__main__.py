"""Runs the stand-in on its own, for driving the whole system from outside: `python -m tests.standin --port 8899`.

Prints how to point the system at it, a link per behaviour, and then one JSON line per request.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.standin.behaviours import Behaviour, post_url, short_code
from tests.standin.clip import make_clip
from tests.standin.server import Asked, TikTokStandin


def main() -> None:
    options = _parser().parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="tiktok-standin-"))
    folder.mkdir(parents=True, exist_ok=True)
    clip = options.clip.read_bytes() if options.clip else make_clip(folder / "clip.mp4", seconds=3)
    with TikTokStandin(folder, clip, port=options.port, on_request=_print) as standin:
        standin.knobs.latency = options.latency
        standin.knobs.outage = options.outage
        standin.knobs.pages_per_minute = options.pages_per_minute
        print(f"export HTTPS_PROXY={standin.proxy} NO_PROXY=127.0.0.1,localhost")
        print(f"export SSL_CERT_FILE={standin.ca_file} REQUESTS_CA_BUNDLE={standin.ca_file}")
        for behaviour in Behaviour:
            print(
                f"{behaviour.name:20} {post_url(behaviour)}  https://vm.tiktok.com/{short_code(behaviour)}", flush=True
            )
        try:
            standin.stopping.wait()
        except KeyboardInterrupt:
            return


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description="A stand-in for TikTok on loopback.")
    parser.add_argument("--port", type=int, default=0, help="port of the proxy; 0 takes a free one")
    parser.add_argument(
        "--folder", type=Path, help="where the CA's certificate is written; a temporary folder by default"
    )
    parser.add_argument("--clip", type=Path, help="the mp4 that every post shows; a small one is made by default")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every answer")
    parser.add_argument("--outage", action="store_true", help="every page answers 503")
    parser.add_argument("--pages-per-minute", type=int, help="pages in any 60 s before 429")
    return parser


def _print(asked: Asked) -> None:
    line = {name: value for name, value in asdict(asked).items() if name != "headers"}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
