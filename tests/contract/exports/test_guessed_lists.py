"""Tests of exclusion lists in an encoding that is guessed."""

import pytest

from onboarding.exports import read_lists
from onboarding.model.errors import InputRefused


def test_address_of_a_guess_on_an_exclusion_list_is_refused(tmp_path):
    """Read with a wrong letter, it would exclude nobody, and the person would be invited."""
    path = tmp_path / "leavers.csv"
    path.write_bytes("Email\nann@corp.example\njürgen@müller.example\n".encode("cp850"))

    with pytest.raises(InputRefused, match=r"row 3: the address has letters beyond ASCII, .*; save it as"):
        list(read_lists([str(path)]))


def test_names_of_a_guess_on_an_exclusion_list_do_no_harm(tmp_path):
    """Only the addresses and ids of a list count."""
    path = tmp_path / "leavers.csv"
    path.write_bytes("Name,Email\nJürgen Müller,ann@corp.example\n".encode("cp850"))

    (frame,) = read_lists([str(path)])

    assert frame["email_as_given"].tolist() == ["ann@corp.example"]
