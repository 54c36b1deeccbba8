"""What Python programs rely on: a change of these tables needs a new version, as the guide's topic ``python`` says.

``typed_consumer`` has the types, which mypy checks.
"""

from dataclasses import fields
from inspect import Parameter, Signature, signature

import pytest

import onboarding

FUNCTIONS = {
    "run": "(*exports, settings=None, **values)",
    "plan": "(*exports, save=None, settings=None, **values)",
    "apply": "(plan, *, settings=None, **values)",
    "resume": "(run_id=None, *, settings=None, **values)",
    "inspect": "(*exports, settings=None, **values)",
    "make_settings": "(**values)",
    "load_settings": "(config=None, **values)",
}

ERRORS = {
    "OnboardingError": 1,
    "ConfigurationError": 2,
    "InputRefused": 4,
    "AccessRefused": 7,
    "DestinationClosed": 7,
    "StillThrottled": 8,
    "DestinationHeld": 11,
    "NothingToResume": 0,
}
"""The errors, with their exit codes."""

OF_A_SUMMARY = {
    *("exit_code", "message", "verdict", "counts", "counts_by_source", "needs_attention", "run_id", "folder", "files"),
    *("paths", "guards", "rows", "row_chunks", "show", "as_json"),
}
OF_A_VERDICT = {"headline", "sentence", "next_step", "hr_step"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_keeps_its_parameters(name):
    found = signature(getattr(onboarding, name))

    plain = [each.replace(annotation=Parameter.empty) for each in found.parameters.values()]

    assert str(found.replace(parameters=plain, return_annotation=Signature.empty)) == FUNCTIONS[name]


def test_package_names_what_is_public():
    assert set(onboarding.__all__) == {
        *FUNCTIONS,
        *ERRORS,
        *("Disposition", "ExitCode", "InspectedExport", "Settings", "Summary"),
    }
    assert {name for name in onboarding.__all__ if not hasattr(onboarding, name)} == set()


def test_errors_keep_their_exit_codes():
    assert {name: getattr(onboarding, name).exit_code for name in ERRORS} == ERRORS
    assert all(issubclass(getattr(onboarding, name), onboarding.OnboardingError) for name in ERRORS)


def test_summary_keeps_what_the_guide_names():
    summary, verdict = onboarding.Summary, onboarding.Summary.verdict.fget.__annotations__["return"]

    assert OF_A_SUMMARY - {field.name for field in fields(summary)} - set(vars(summary)) == set()
    assert OF_A_VERDICT - {field.name for field in fields(verdict)} == set()
