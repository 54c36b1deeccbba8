"""A shell reads each quoted word as it was."""

import os
import subprocess

import pytest

from onboarding.runtime.shell import quoted


@pytest.mark.parametrize(
    "word", ["it's $HOME", "a\nb", "tab\there's \\", "b\u200bc", "\udcff", "ö", "", "-x", "x\x1b[1m'"]
)
def test_shell_reads_the_word_back(word):
    done = subprocess.run(["bash", "-c", f"printf '%s|' {quoted(word)}"], capture_output=True, check=True)

    assert done.stdout == os.fsencode(word) + b"|"
