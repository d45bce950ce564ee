"""How does a program of the tested system wait at its gate, and get an environment of its own?

supervisord starts `python -m tests.chaos.launch FILE NAME`; this waits while the gate is shut (a server that is to stay
down, a beat that is to stay dead) and then becomes the program. A killed program so comes back by supervisord's own
restart, but not before the test wants it.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(file: str, name: str) -> None:
    order = json.loads(Path(file).read_text())[name]
    gate = Path(order["gate"])
    while gate.exists():
        time.sleep(0.02)
    # Read again: what is to hold from now on may have been written meanwhile.
    order = json.loads(Path(file).read_text())[name]
    os.execve(order["command"][0], order["command"], order["environment"])


if __name__ == "__main__":
    main(*sys.argv[1:])
