import shutil
import subprocess
import sys

import pytest

from mass_processing.gpu import cards
from mass_processing.settings import PROJECT

QUERY = ("--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits")


def test_the_cards_are_those_that_nvidia_smi_lists() -> None:
    program = shutil.which("nvidia-smi")
    if program is None:
        pytest.skip("there is no NVIDIA driver on this machine")
    rows = subprocess.run([program, *QUERY], capture_output=True, text=True, check=True).stdout.splitlines()

    listed = [(int(index), name, int(total)) for index, name, total in (row.split(", ") for row in rows)]

    assert [(card.index, card.name, round(card.memory_total / 2**20)) for card in cards()] == listed


def test_a_card_is_never_fuller_than_full() -> None:
    assert all(0 <= card.memory_used <= card.memory_total for card in cards())


def test_without_a_driver_there_are_no_cards() -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has an NVIDIA driver")

    assert cards() == ()


def test_the_driver_is_not_touched_by_an_import() -> None:
    code = "import sys, mass_processing.gpu; print('pynvml' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"
