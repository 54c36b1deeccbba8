"""Every sample is read without a flag, and every row of it has the fate its generator meant for it."""

import gzip
import io
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from samples import DECOYS, FOLDER, Fate, contents, samples

SAMPLES = samples()
NAMES = [sample.name for sample in SAMPLES]


@pytest.fixture
def report(rehearsal):
    """Return the lines of the report on all samples, by file name."""
    lines = {name: [] for name in NAMES}
    for line in rehearsal["first"].lines:
        lines[Path(line["source"]).name].append(line)
    return lines


def unpacked(name, content):
    """Return what is in a file: how it was compressed differs between builds of zlib."""
    if name.endswith(".gz"):
        return gzip.decompress(content)
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return {member.filename: file.read(member) for member in file.infolist()}
    return content


def fate_of(line):
    """Return the fate of a row as the report has it."""
    invited = line["disposition"] == "invited"
    return Fate(line["disposition"], line["reason"], line["email"].lower() if invited else "")


def test_folder_is_what_the_generator_writes():
    """Change the generator, not the files."""
    made = {name: unpacked(name, content) for name, content in contents().items()}

    assert {path.name: unpacked(path.name, path.read_bytes()) for path in FOLDER.iterdir()} == made


def test_everybody_in_the_samples_has_an_address_of_their_own():
    """Otherwise the generator would be wrong about who is a duplicate."""
    addresses = Counter(fate.address for sample in SAMPLES for _, fate in sample.truth if fate.address)

    assert {address: times for address, times in addresses.items() if times > 1} == {}


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_every_row_has_the_fate_its_generator_meant_for_it(report, sample):
    """Nobody lost, nobody invented, no decoy, no footer or example row invited."""
    seen = {(line["sheet"], int(line["row"])): fate_of(line) for line in report[sample.name]}

    assert seen == {(sample.sheet, number): fate for number, fate in sample.truth}


def test_summary_names_the_columns_that_were_right(rehearsal):
    """Each file's column of addresses, and the one to take where it is empty."""
    inputs = rehearsal["first"].summary["inputs"]

    taken = {Path(facts["source"]).name: facts["columns"] for facts in inputs}

    assert {name: (columns["email"], columns.get("email_fallback", "")) for name, columns in taken.items()} == {
        sample.name: (sample.address, sample.fallback) for sample in SAMPLES
    }


def test_nobody_is_invited_at_a_decoy(report):
    """Private, spare and managers' addresses stay where they are."""
    invited = {line["email"] for lines in report.values() for line in lines if line["disposition"] == "invited"}

    assert not [email for email in invited if email.endswith(DECOYS)]


def test_samples_are_written_into_a_new_folder_alone(workspace):
    assert workspace.onboard("samples", "demo").code == 0
    written = {path.name for path in (workspace.folder / "demo" / "sample_data").iterdir()}

    again = workspace.onboard("samples", "demo")

    assert {"workday_emea.csv", "personio_de.csv"} < written
    assert (workspace.folder / "demo" / "jobs" / "nightly.toml").exists()
    assert (again.code, again.messages) == (
        2,
        ["onboard: demo: this is there already; name a folder that is new or empty."],
    )


@pytest.mark.parametrize("folder", ["it's a $demo", "-demo", "esc\x1b[31m"])
def test_command_after_the_samples_works_for_a_folder_of_any_name(workspace, folder):
    written = workspace.onboard("samples", "--", folder)

    command = written.out.splitlines()[1].partition(" && ")[2]
    words = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True, text=True)
    assert f"{folder}/sample_data" in words.stdout.split("\0")
    assert (workspace.folder / folder / "sample_data" / "workday_emea.csv").exists()
    assert "\x1b" not in written.out
