"""Real runs whose pages people should look at: a good run, the night after, a plan, a guard, waves, and many rows."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from workspace import Workspace

FIRST_NAMES = (
    "Ana",
    "Chiara",
    "Dmitri",
    "Élodie",
    "Farid",
    "Greta",
    "Jürgen",
    "Kwame",
    "Lucía",
    "Marek",
    "Ørjan",
    "Rosa",
)
LAST_NAMES = ("Moreau", "Rossi", "Schäfer", "Costa", "Nowak", "Łomża", "Okafor", "Weiß", "Novák", "Øvergård", "Dubois")
MANY = 20_000


def good_run(workspace: Workspace) -> None:
    """Rehearse on the samples, which have all that real exports have."""
    workspace.onboard("run", workspace.copy_samples(), "--sandbox")


def night_after(workspace: Workspace) -> None:
    """Run on the same exports on a second and a third night, when two rows were added."""
    samples = workspace.copy_samples()
    workspace.onboard("run", samples, "--sandbox")
    workspace.onboard("run", samples, "--sandbox")
    with (workspace.folder / samples / "webex_users.csv").open("a", encoding="utf-8") as file:
        file.write("Nia,Okafor,Nia Okafor,nia.okafor@studio.example,Active\nOle,Costa,Ole Costa,,Active\n")
    workspace.onboard("run", samples, "--sandbox")


def plan(workspace: Workspace) -> None:
    """Plan on the samples, without sending."""
    workspace.onboard("plan", workspace.copy_samples(), "--sandbox")


def guard(workspace: Workspace) -> None:
    """Lose most exports after a good run, so that a guard stops the second run."""
    samples = workspace.copy_samples()
    workspace.onboard("run", samples, "--sandbox")
    for path in sorted((workspace.folder / samples).glob("*.csv")):
        path.unlink()
    workspace.onboard("run", samples, "--sandbox")


def waves(workspace: Workspace) -> None:
    """Send two of three waves."""
    workspace.onboard("run", workspace.copy_samples(), "--sandbox", "--wave", "180")
    workspace.onboard("resume", "--sandbox", "--wave", "180")


def many_rows(workspace: Workspace) -> None:
    """Invite many people. Some have an address that a person must look at."""
    chance = random.Random(20)  # noqa: S311 - names for a picture
    lines = ["Employee ID,Name,Work Email,Status"]
    for number in range(MANY):
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        domain = chance.choice(("emea.example.com", "us.example.com", "apac.example.com"))
        local = f"{first}.{last}{number}".lower().encode("ascii", "ignore").decode()
        email = chance.choices((f"{local}@{domain}", "", f"{local}(at){domain}"), (97, 2, 1))[0]
        status = chance.choices(("Active", "Terminated"), (96, 4))[0]
        lines.append(f"{100_000 + number},{first} {last},{email},{status}")
    export = workspace.write("people.csv", "\n".join(lines) + "\n")
    workspace.onboard("run", export, "--sandbox")


SCENARIOS: Mapping[str, Callable[[Workspace], None]] = MappingProxyType(
    {
        "good-run": good_run,
        "night-after": night_after,
        "plan": plan,
        "guard": guard,
        "waves": waves,
        "many-rows": many_rows,
    }
)


def page_of(name: str, folder: Path) -> Path:
    """Make the runs of a scenario in a folder, and return the page of the last run."""
    workspace = Workspace(folder)
    SCENARIOS[name](workspace)
    return workspace.runs()[-1] / "report.html"
