"""Samples of the exports of directories and chat systems, which people hand in as well."""

from collections.abc import Iterator

from samples.hr_small import ALSO_CONTRACTORS
from samples.people import Person
from samples.sample import (
    AGAIN_AS_ANOTHER,
    EXAMPLE_ROW,
    INACTIVE,
    LOOK_ALIKE,
    NEAR_MISS,
    NOT_A_PERSON,
    UNKNOWN_STATUS,
    UNUSUAL_CHARACTERS,
    Fate,
    Line,
    Sample,
    header,
    invited,
    row,
    word,
)
from samples.writing import Dialect

ALSO_IN_SLACK = range(552, 556)
"""Numbers of people who are in Google Workspace and in Slack too."""

FULL_WIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyz"}
"""The letters that a person types who forgot to leave the keyboard's mode for Japanese."""


def directories() -> Iterator[Sample]:
    """Yield a sample for each of the systems."""
    yield Sample(
        "google_workspace_users.csv",
        "Google Workspace",
        "comma, LF; notes like `[Required]` in the header; a domain mistyped, a Cyrillic letter that looks Latin",
        "Email Address [Required]",
        "`Recovery Email`, `Home Secondary Email`, `Work Secondary Email`, `New Primary Email [UPLOAD ONLY]`, "
        "`Manager Email`",
        tuple(_google()),
        Dialect().write,
    )
    yield Sample(
        "entra_bulk_create.csv",
        "Entra ID, bulk create",
        "comma, CRLF; `version:v1.0`, header on row 2, an example on row 3; `Block sign in` Yes and No",
        "User name [userPrincipalName] Required",
        "the example's",
        tuple(_entra_bulk()),
        Dialect(line_end="\r\n").write,
    )
    yield Sample(
        "entra_users.csv",
        "Entra ID, download",
        "comma, CRLF, UTF-8 with BOM; guests, disabled accounts, people without `mail`",
        "mail",
        "`alternateEmailAddress`",
        tuple(_entra()),
        Dialect(line_end="\r\n", encoding="utf-8-sig").write,
        fallback="userPrincipalName",
    )
    yield Sample(
        "microsoft365_users.csv",
        "Microsoft 365",
        "comma, CRLF, UTF-8 with BOM",
        "Username",
        "`Alternate email address`",
        tuple(_microsoft365()),
        Dialect(line_end="\r\n", encoding="utf-8-sig").write,
    )
    yield Sample(
        "okta_contractors.tsv",
        "Okta",
        "tab, LF; people who are in another file too, an address in full-width letters",
        "email",
        "`secondEmail`",
        tuple(_okta()),
        Dialect(delimiter="\t").write,
    )
    yield Sample(
        "slack_members.csv",
        "Slack",
        "comma, LF, ragged rows, no final line end; bots, deactivated people",
        "email",
        "",
        tuple(_slack()),
        Dialect(last_line_end=False).write,
    )
    yield Sample(
        "webex_users.csv",
        "Webex",
        "comma, CRLF, every cell quoted",
        "User ID/Email (Required)",
        "",
        tuple(_webex()),
        Dialect(line_end="\r\n", quote_all=True).write,
    )
    yield Sample(
        "zoom_users.csv",
        "Zoom",
        "comma, CR only; user types that say nothing about the person",
        "Email",
        "`Manager`",
        tuple(_zoom()),
        Dialect(line_end="\r").write,
    )


def _google() -> Iterator[Line]:
    yield header(
        "First Name [Required]", "Last Name [Required]", "Email Address [Required]", "Password [Required]",
        "Org Unit Path [Required]", "New Primary Email [UPLOAD ONLY]", "Recovery Email", "Home Secondary Email",
        "Work Secondary Email", "Recovery Phone [MUST BE IN THE E.164 FORMAT]", "Employee ID", "Employee Type",
        "Manager Email", "Department", "Status [READ ONLY]", "Last Sign In [READ ONLY]",
    )  # fmt: skip
    suspicious = {
        720: (Person(720, "quya.example").address, NEAR_MISS),
        721: (Person(721, "quay.example").address.replace("a", "\u0430", 1), LOOK_ALIKE),
    }
    for number in (*range(540, 565), *suspicious):
        person = Person(number, "quay.example")
        status = word(number, [(8, "Suspended")], "Active")
        fate = INACTIVE if status == "Suspended" else invited(person.address)
        address, fate = suspicious.get(number, (person.address, fate))
        yield row(
            [person.given, person.family, address, "****", "/Staff", "", person.spare, person.home,
             f"desk{number}@spare.example", "", f"{number:04}", "Employee", person.manager, "IT", status,
             "Never logged in" if number % 6 == 0 else "2026/01/08 07:55:01"],
            fate,
        )  # fmt: skip


def _entra_bulk() -> Iterator[Line]:
    yield header("version:v1.0")
    yield header(
        "Name [displayName] Required", "User name [userPrincipalName] Required",
        "Initial password [passwordProfile] Required", "Block sign in (Yes/No) [accountEnabled] Required",
        "First name [givenName]", "Last name [surname]", "Job title [jobTitle]", "Department [department]",
    )  # fmt: skip
    yield row(
        ["Example: Chris Green", "Example: chris@spare.example", "Example: myPassword1234", "Example: No", "", "", "",
         ""],
        EXAMPLE_ROW,
    )  # fmt: skip
    for number in range(565, 577):
        person = Person(number, "newcomers.example.org")
        blocked = word(number, [(6, "Yes")], "No")
        fate = INACTIVE if blocked == "Yes" else invited(person.address)
        yield row([person.name, person.address, "", blocked, person.given, person.family, "Analyst", ""], fate)


def _entra() -> Iterator[Line]:
    yield header(
        "userPrincipalName", "displayName", "surname", "mail", "givenName", "id", "userType", "jobTitle", "department",
        "accountEnabled", "usageLocation", "alternateEmailAddress", "creationType", "createdDateTime",
    )  # fmt: skip
    for number in range(577, 607):
        person = Person(number, "tenant.example.net")
        principal, mail, kind = person.address, person.address, "Member"
        fate: Fate = invited(person.address)
        enabled = word(number, [(9, "False")], "True")
        if number % 7 == 0:
            principal = f"{person.local_part}_partner.example#EXT#@tenant.example.net"
            mail = "" if number % 14 == 0 else f"{person.local_part}@partner.example"
            kind, fate = "Guest", NOT_A_PERSON
        elif enabled == "False":
            fate = INACTIVE
        elif number % 8 == 0:
            mail = ""
        elif number % 5 == 0:
            mail = f"{person.local_part}@mail.example.net"
            fate = invited(mail)
        yield row(
            [principal, person.name, person.family, mail, person.given, f"00000000-0000-4000-8000-{number:012}", kind,
             "", "IT", enabled, "NL", person.spare, "Invitation" if kind == "Guest" else "",
             "2021-05-11T06:55:01.0000000Z"],
            fate,
        )  # fmt: skip


def _microsoft365() -> Iterator[Line]:
    yield header(
        "Username", "First name", "Last name", "Display name", "Job title", "Department", "Office number",
        "Office phone", "Alternate email address", "City", "Country or region",
    )  # fmt: skip
    for number in range(607, 627):
        person = Person(number, "harbour.example")
        cell, fate = person.typed()
        yield row(
            [cell, person.given, person.family, person.name, "Pilot", "Harbour", f"{number}", "", person.spare,
             "Rotterdam", "Nederland"],
            fate,
        )  # fmt: skip


def _okta() -> Iterator[Line]:
    yield header("login", "firstName", "lastName", "email", "title", "displayName", "secondEmail", "department")
    for number in range(627, 665):
        person = Person(number, "contractors.example.net")
        cell, fate = person.typed()
        yield row(
            [person.address, person.given, person.family, cell, "", person.name, person.home, "Delivery"],
            fate,
        )
    person = Person(722, "contractors.example.net")
    cells = [person.address, person.given, person.family, f"{person.local_part.translate(FULL_WIDTH)}@{person.domain}"]
    yield row([*cells, "", person.name, person.home, "Delivery"], UNUSUAL_CHARACTERS)
    for number in ALSO_CONTRACTORS:
        twice = Person(number, "de.example.org")
        cells = [twice.address, twice.given, twice.family, twice.address, "", twice.name, twice.home, "Delivery"]
        yield row(cells, invited(twice.address))


def _slack() -> Iterator[Line]:
    yield header(
        "username", "email", "status", "billing-active", "has-2fa", "has-sso", "userid", "fullname", "displayname",
        "expiration-timestamp",
    )  # fmt: skip
    kinds = {"Bot": NOT_A_PERSON, "Deactivated": INACTIVE}
    for number in (*ALSO_IN_SLACK, *range(665, 685)):
        person = Person(number, "quay.example")
        status = word(number, [(6, "Deactivated"), (9, "Bot"), (10, "Admin")], "Member")
        # A Slack user id is no employee id, but nothing in the file says so.
        again = AGAIN_AS_ANOTHER if number in ALSO_IN_SLACK else invited(person.address)
        fate = kinds.get(status, again)
        name = [] if number % 4 == 0 else [person.name, person.given, ""]
        yield row(
            [person.local_part, person.address, status, "1", "0", "0", f"U0{number}", *name],
            fate,
        )


def _webex() -> Iterator[Line]:
    yield header(
        "First Name", "Last Name", "Display Name", "User ID/Email (Required)", "User Status", "Days Since Last Sign In"
    )
    fates = {"Inactive": INACTIVE, "Parked": UNKNOWN_STATUS}
    for number in range(685, 700):
        person = Person(number, "studio.example")
        status = word(number, [(7, "Inactive"), (12, "Parked")], "Active")
        cell, fate = person.typed(fates.get(status))
        yield row([person.given, person.family, person.name, cell, status, f"{number % 30}"], fate)


def _zoom() -> Iterator[Line]:
    yield header(
        "Email", "First Name", "Last Name", "Department", "Manager", "User Groups", "Job Title", "Location", "User Type"
    )
    for number in range(700, 720):
        person = Person(number, "events.example.org")
        cell, fate = person.typed()
        kind = word(number, [(3, "Basic")], "Licensed")
        yield row([cell, person.given, person.family, "Events", person.manager, "", "Host", "Wien", kind], fate)
