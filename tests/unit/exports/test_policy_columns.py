"""The columns of each HR system get the right roles."""

import re

import pytest

from onboarding.exports.layout.column_roles import Role, choose_columns
from onboarding.preparing.employment import ENDS_ON, STARTS_ON, WORD_KINDS

MAY_HOLD_ADDRESSES = re.compile(r"mail|login|post|correo|user ?name|principal", re.IGNORECASE)

SYSTEMS = [
    (
        "Workday",
        {
            "employee_id": "Employee ID",
            "name": "Worker",
            "email": "Email - Primary Work",
            "status": "Active Status",
            "starts_on": "Hire Date",
            "ends_on": "Termination Date",
        },
        ["Email - Primary Home", "Manager", "Manager Email"],
    ),
    (
        "SAP SuccessFactors",
        {
            "employee_id": "EMPID",
            "given_name": "FIRSTNAME",
            "family_name": "LASTNAME",
            "email": "EMAIL",
            "status": "STATUS",
            "starts_on": "HIREDATE",
        },
        ["USERID", "person email", "MANAGER", "HR"],
    ),
    (
        "Oracle HCM",
        {
            "employee_id": "PERSON_NUMBER",
            "email": "EmailAddress",
            "address_type": "EmailType",
            "status": "Assignment Status",
            "starts_on": "Hire Date",
            "ends_on": "Actual Termination Date",
        },
        [],
    ),
    (
        "BambooHR",
        {
            "employee_id": "Employee #",
            "email": "Work Email",
            "status": "Status",
            "status 2": "Employment Status",
            "starts_on": "Hire Date",
            "ends_on": "Termination Date",
        },
        ["Home Email", "Supervisor Email", "Supervisor"],
    ),
    (
        "ADP Workforce Now",
        {
            "employee_id": "Associate ID",
            "email": "Work Contact: Work Email (Personal Profile)",
            "status": "Position Status",
            "starts_on": "Hire/Rehire Date",
            "starts_on 2": "Hire Date",
            "ends_on": "Termination Date",
        },
        ["File Number", "Position ID", "Personal Contact: Personal Email", "Reports To Name"],
    ),
    (
        "UKG",
        {
            "employee_id": "Employee Number",
            "email": "Employee Email Address",
            "status": "Employee Status",
            "starts_on": "Last Hire Date",
            "starts_on 2": "Original Hire Date",
            "ends_on": "Termination Date",
        },
        ["Alternate Email Address", "Personal Email", "Secondary Email"],
    ),
    (
        "Gusto",
        {
            "employee_id": "gusto_employee_id",
            "email": "Work email",
            "starts_on": "Start date",
            "ends_on": "Termination date",
        },
        ["Personal email"],
    ),
    (
        "Rippling",
        {
            "employee_id": "Employee - ID",
            "email": "Work email",
            "status": "Employment status",
            "employment_type": "Employment type",
            "starts_on": "Start date",
            "ends_on": "Last day of work",
        },
        ["Employee number", "Personal email", "Manager - Work email"],
    ),
    (
        "Personio",
        {
            "employee_id": "Personalnummer",
            "given_name": "Vorname",
            "family_name": "Nachname",
            "email": "E-Mail",
            "status": "Status",
            "employment_type": "Beschäftigungsart",
            "starts_on": "Eintrittsdatum",
            "ends_on": "Austrittsdatum",
        },
        ["Private E-Mail", "Vorgesetzte E-Mail", "Kündigungsdatum"],
    ),
    (
        "HiBob",
        {
            "employee_id": "Employee ID",
            "name": "Display name",
            "email": "Email",
            "status": "Status",
            "status 2": "Lifecycle status",
            "starts_on": "Start date",
            "ends_on": "Termination date",
        },
        ["Personal email", "Reports to email"],
    ),
    (
        "Keka",
        {
            "employee_id": "Employee Number",
            "email": "Work Email",
            "status": "Employee Status",
            "starts_on": "Date of Joining",
        },
        ["Home Email", "Emergency Contact Email", "Marital Status"],
    ),
    (
        "Google Workspace",
        {
            "given_name": "First Name [Required]",
            "family_name": "Last Name [Required]",
            "email": "Email Address [Required]",
            "status": "Status [READ ONLY]",
            "employee_id": "Employee ID",
            "employment_type": "Employee Type",
        },
        [
            "Recovery Email",
            "Home Secondary Email",
            "Work Secondary Email",
            "New Primary Email [UPLOAD ONLY]",
            "Manager Email",
            "New Status [UPLOAD ONLY]",
        ],
    ),
    (
        "Entra bulk create",
        {
            "name": "Name [displayName] Required",
            "email": "User name [userPrincipalName] Required",
            "blocked": "Block sign in (Yes/No) [accountEnabled] Required",
        },
        ["Initial password [passwordProfile] Required", "First name [givenName]", "Last name [surname]"],
    ),
    (
        "Entra download",
        {
            "employee_id": "id",
            "name": "displayName",
            "email": "mail",
            "email_fallback": "userPrincipalName",
            "user_type": "userType",
            "enabled": "accountEnabled",
            "starts_on": "employeeHireDate",
        },
        ["otherMails", "alternateEmailAddress"],
    ),
    (
        "Microsoft 365",
        {
            "given_name": "First name",
            "family_name": "Last name",
            "email": "User Name",
            "blocked": "Block credential",
        },
        ["Alternate email address"],
    ),
    (
        "Okta",
        {"given_name": "firstName", "family_name": "lastName", "email": "email", "status": "status"},
        ["secondEmail"],
    ),
    ("Slack", {"email": "email", "name": "fullname", "status": "status"}, ["username", "billing-active"]),
    (
        "Zoom",
        {"email": "Email", "given_name": "First Name", "family_name": "Last Name", "user_type": "User Type"},
        [],
    ),
    ("Webex", {"email": "User ID/Email (Required)", "status": "User Status"}, ["Days Since Last Login"]),
    (
        "French",
        {
            "employee_id": "Matricule",
            "email": "Adresse e-mail professionnelle",
            "status": "Statut du salarié",
            "employment_type": "Type de contrat",
            "starts_on": "Date d'embauche",
            "ends_on": "Date de départ",
        },
        ["Adresse e-mail personnelle"],
    ),
    (
        "Spanish",
        {
            "employee_id": "Número de empleado",
            "email": "Correo electrónico",
            "status": "Estado del empleado",
            "starts_on": "Fecha de contratación",
            "ends_on": "Fecha de baja",
        },
        ["Correo electrónico personal"],
    ),
    (
        "Italian",
        {
            "employee_id": "Matricola",
            "email": "Email aziendale",
            "status": "Stato dipendente",
            "starts_on": "Data di assunzione",
            "ends_on": "Data di cessazione",
        },
        ["Email privata"],
    ),
    (
        "Dutch",
        {
            "employee_id": "Personeelsnummer",
            "email": "E-mailadres",
            "status": "Status",
            "starts_on": "Datum in dienst",
            "ends_on": "Datum uit dienst",
        },
        ["Privé e-mailadres"],
    ),
    (
        "Swedish",
        {
            "employee_id": "Anställningsnummer",
            "email": "E-post",
            "status": "Status",
            "employment_type": "Anställningsform",
            "starts_on": "Anställningsdatum",
            "ends_on": "Slutdatum",
        },
        ["Privat e-post"],
    ),
    (
        "Finnish",
        {"email": "Sähköposti", "starts_on": "Aloituspäivä", "ends_on": "Päättymispäivä"},
        ["Yksityinen sähköposti"],
    ),
]
"""A system or a language, its columns by role, and other columns beside them."""


def roles_of(*columns: str, rows=None) -> dict[str, str]:
    """Return the column for each role; every column that may hold addresses is full of different ones."""
    filled = [
        [
            f"p{row}{column}@corp.example" if MAY_HOLD_ADDRESSES.search(name) else ""
            for column, name in enumerate(columns)
        ]
        for row in range(12)
    ]
    return {
        str(role): columns[index] for role, index in choose_columns(columns, rows or filled, email_column=None).items()
    }


@pytest.mark.parametrize(("system", "expected", "decoys"), SYSTEMS, ids=[system for system, _, _ in SYSTEMS])
def test_columns_of_each_system_are_told_from_their_decoys(system, expected, decoys):
    """The decoys stand first, and are full of addresses if they may hold any."""
    assert roles_of(*decoys, *expected.values()) == expected, system


def test_fallback_column_of_addresses_is_no_rival():
    """In some directories ``mail`` is empty in all of the first rows."""
    rows = [["", f"p{n}@corp.example"] for n in range(10)]

    assert roles_of("mail", "userPrincipalName", rows=rows) == {"email": "mail", "email_fallback": "userPrincipalName"}


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("Type", ["W1", "H1"], "address_type"),
        ("Type", ["Member", "Guest"], "user_type"),
        ("Typ", ["Full-Time", "T"], "employment_type"),
        ("Type", ["Alpha", "Beta", "Guest"], None),
        ("Type", ["", ""], None),
        ("Address Type", ["Work", "Home"], "address_type"),
        ("Address Type", ["Member", "Guest"], None),
        ("Estado", ["Activo", "Trabajando"], "status"),
        ("Estado", ["Jalisco", "Puebla"], None),
        ("Statut", ["Cadre", "ETAM"], "status"),
        ("Status", ["Wibble"], "status"),
        ("Status", [""], "status"),
        ("Email Type", ["Wibble"], "address_type"),
    ],
)
def test_content_decides_what_an_ambiguous_name_means(name, cells, role):
    """An unmistakable name needs no proof."""
    rows = [[f"p{n}@corp.example", cell] for n, cell in enumerate(cells)]

    chosen = choose_columns(["Email", name], rows, email_column=None)

    assert set(chosen) - {Role.EMAIL} == ({role} if role else set())


@pytest.mark.parametrize(
    ("ids", "is_taken"),
    [
        ([f"{n}" for n in range(30)], True),
        ([f"{n // 2}" for n in range(30)], True),
        ([f"{n % 4}" for n in range(30)], False),
        (["NO_MANAGER", "0", "n/a"] * 10 + [f"E{n}" for n in range(10)], True),
        (["1"] * 5, True),
    ],
)
def test_column_of_ids_hardly_repeats(ids, is_taken):
    """One person may have several rows, but a value that most rows share is a manager or a department."""
    rows = [[f"p{n}@corp.example", employee_id] for n, employee_id in enumerate(ids)]

    chosen = choose_columns(["Email", "ID"], rows, email_column=None)

    assert (Role.EMPLOYEE_ID in chosen) is is_taken


def test_every_column_of_policy_has_a_role():
    """The column of a frame has the name of the role."""
    assert {*WORD_KINDS, STARTS_ON, ENDS_ON} <= set(Role)
