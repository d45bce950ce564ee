"""How long does a command of users take, and in which memory?"""

import subprocess
import sys
import time
from pathlib import Path

from mass_processing.settings import PROJECT


def bulk_processor(*arguments: str) -> tuple[float, int]:
    """Seconds and peak bytes of one `bulk_processor.py …`. Raises: RuntimeError when it fails."""
    command = [sys.executable, "bulk_processor.py", *arguments]
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _peak(process.pid))
        time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return time.monotonic() - started, peak


def _peak(pid: int) -> int:
    """The most memory a process ever held, bytes; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    except OSError:  # it ended meanwhile
        pass
    return 0
