"""Check a bill of materials: it names each package of the environment that runs this, in its version, with a licence.

``python .ci/check_bill.py BILL``, with the Python of that environment. Prints how many packages the bill names, or what
is missing, with the exit code 1. Adds the licences to the bill that packages have and that their metadata do not name.
"""

import json
import sys
from importlib.metadata import distributions
from pathlib import Path

READ = {"partd": "BSD-3-Clause"}
"""The licences that a person has read in the file of the licence."""

path = Path(sys.argv[1])
bill = json.loads(path.read_text(encoding="utf-8"))
named = {(one["name"].lower().replace("_", "-"), one["version"]): one for one in bill["components"]}
missing = []
count = 0
for package in distributions():
    name = package.metadata["Name"].lower().replace("_", "-")
    if name == "onboarding":  # the bill is of this one
        continue
    count += 1
    component = named.get((name, package.version))
    if component is not None and name in READ:
        component.setdefault("licenses", [{"license": {"id": READ[name]}}])
    if component is None:
        missing.append(f"{name} {package.version} is not in it")
    elif not component.get("licenses"):
        missing.append(f"{name} {package.version} has no licence in it")
if missing or not count:
    sys.exit("\n".join([f"{path.name} is not complete:", *missing]))
path.write_text(f"{json.dumps(bill, indent=2)}\n", encoding="utf-8")
sys.stdout.write(f"{path.name}: {count} packages, each with its licence\n")
