"""The guard of the unit tests refuses effects outside the process, also where code catches the refusal."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from purity import Impure, pure

EFFECTS = {
    "file": lambda folder: (folder / "new").write_text("", encoding="utf-8"),
    "folder": lambda folder: (folder / "new").mkdir(),
    "process": lambda _folder: subprocess.run([sys.executable, "-c", ""], check=True),
    "signal": lambda _folder: os.kill(os.getpid(), signal.SIGCONT),
}


@pytest.mark.parametrize("effect", EFFECTS)
def test_effect_is_refused_even_if_it_is_caught(tmp_path, effect):
    with pytest.raises(Impure, match="see tests/contract"), pure(), suppress(Impure):
        EFFECTS[effect](tmp_path)


def test_reading_is_no_effect():
    with pure(), open(__file__, encoding="utf-8") as file:  # noqa: PTH123 - what pandas and others do
        assert file.readline()
