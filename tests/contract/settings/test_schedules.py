"""What cron and systemd read in the files for the nightly job is what was meant, whatever signs the paths have."""

import re
import shutil
import subprocess
from datetime import time
from pathlib import Path

import pytest

from onboarding.model.choices import Schedule
from onboarding.model.errors import ConfigurationError
from onboarding.settings.schedules import NightlyStart, read_time, schedule_files

ODD = ["a b", "100%", "%", "it's 5%", 'say "hi"', "back\\slash", "\\%", "a\\%b", "$HOME", "${x}", "a;b", "~", "é"]


def start(program="/opt/onboard", config="/etc/onboard.toml", **more):
    return NightlyStart(program=(program,), config=Path(config), at=time(2, 5), **more)


def command_of(line: str) -> str:
    """Return the command of a line of a crontab as cron gives it to the shell, as cron's ``do_command.c`` does."""
    command = line.split(" ", 5)[5]
    given, is_escaped = "", False
    for sign in command:
        assert is_escaped or sign != "%", "cron takes the rest for the standard input"
        given = given[:-1] + sign if is_escaped and sign == "%" else given + sign
        is_escaped = sign == "\\" and not is_escaped
    return given


@pytest.mark.parametrize("name", ODD)
def test_shell_of_cron_gets_the_words_that_were_meant(name):
    (text,) = schedule_files(Schedule.CRON, start("/usr/bin/printf", f"/srv/{name}/onboard.toml")).values()
    line = text.splitlines()[-1]

    assert line.startswith("5 2 * * * /usr/bin/printf nightly ")
    shown = command_of(line).replace("/usr/bin/printf nightly", r"printf '%s\n'", 1)
    done = subprocess.run(["/bin/sh", "-c", shown], env={}, capture_output=True, check=True, text=True)
    assert done.stdout == f"/srv/{name}/onboard.toml\n"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
@pytest.mark.parametrize("name", ["plain", " ".join(ODD)])
def test_systemd_finds_nothing_wrong(tmp_path, name):
    """It looks for the program, so the program's path is what systemd reads in the file."""
    (tmp_path / name).mkdir()
    program = shutil.copy("/bin/true", tmp_path / name / "onboard")
    told = start(str(program), f"{tmp_path}/{name}/x.toml", user="root", writable=(tmp_path / name,))
    for file, text in schedule_files(Schedule.SYSTEMD, told).items():
        (tmp_path / file).write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", *tmp_path.glob("*.*")], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.glob("*.*")} == {"onboarding-x.service", "onboarding-x.timer"}


@pytest.mark.parametrize("name", ODD)
def test_systemd_reads_the_words_that_were_meant(name):
    """The rules are those of "Command lines" and "Quoting" in systemd.service(5) and systemd.syntax(7)."""
    text = schedule_files(Schedule.SYSTEMD, start(config=f"/srv/{name}/n.toml", writable=(Path(f"/{name}"),)))
    service = next(iter(text.values()))
    command = re.search("^ExecStart=/opt/onboard nightly (.*)$", service, re.MULTILINE)[1]
    folder = re.search("^ReadWritePaths=(.*)$", service, re.MULTILINE)[1]

    assert unquoted(command).replace("$$", "$") == f"/srv/{name}/n.toml"
    assert "$" not in unquoted(command).replace("$$", "")
    assert unquoted(folder) == f"/{name}"


def unquoted(word: str) -> str:
    assert "%" not in word.replace("%%", "")
    if word.startswith('"'):
        assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', word)
        word = re.sub(r"\\(.)", r"\1", word[1:-1])
    else:
        assert re.fullmatch(r"[^\s\"'\\;]+", word)
    return word.replace("%%", "%")


def test_path_that_would_add_a_line_is_refused():
    with pytest.raises(ConfigurationError, match="leave out the line break"):
        schedule_files(Schedule.SYSTEMD, start(config="/a\nExecStartPre=/bin/sh"))


def test_job_that_a_person_starts_needs_no_file():
    assert schedule_files(Schedule.NONE, start()) == {}


def test_time_of_day_has_hours_and_minutes():
    assert read_time("2:05") == time(2, 5)
    for text in ("24:00", "2", "02:60", "2:5", "nightly", "\u0660\u0662:\u0661\u0665"):
        with pytest.raises(ConfigurationError, match="write a time of day"):
            read_time(text)
