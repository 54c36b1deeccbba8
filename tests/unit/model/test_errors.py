"""The drawing of the package's errors is compared with the classes themselves."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import onboarding
from onboarding.model import errors
from onboarding.model.errors import ExitCode, Interrupted, OnboardingError

LINE = re.compile(
    r"^    (?P<branch>(?:│   |    )*(?:[├└]── )?)(?P<name>[A-Z]\w+) {2,}(?P<about>[^\s,]+(?:, [^\s,]+)*)", re.MULTILINE
)


def drawn() -> dict[str, tuple[str, str]]:
    """Return for each error of the drawing its parent and what stands beside it: exit codes, or its home."""
    found, path = {}, []
    for line in LINE.finditer(errors.__doc__):
        depth = len(line["branch"]) // 4
        path[depth:] = [line["name"]]
        found[line["name"]] = path[depth - 1] if depth else "Exception", line["about"]
    return found


def defined() -> set[type[Exception]]:
    """Return all errors of the package, but for those that stay within their module."""
    for module in pkgutil.walk_packages(onboarding.__path__, "onboarding."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {
        error
        for error in below(Exception)
        if error.__module__.startswith("onboarding.") and not error.__name__.startswith("_")
    }


def below(error: type[Exception]) -> Iterator[type[Exception]]:
    for child in error.__subclasses__():
        yield child
        yield from below(child)


def about(error: type[Exception]) -> str:
    """Return what has to stand beside an error in the drawing."""
    if error is Interrupted:
        return ", ".join(str(Interrupted(code).exit_code) for code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED))
    if issubclass(error, OnboardingError):
        return str(error.exit_code)
    return error.__module__.removeprefix("onboarding.")


def parent(error: type[Exception]) -> str:
    """Return the error above an error in the drawing. An error below a library's error stands alone there."""
    return error.__base__.__name__ if error.__base__ in defined() else "Exception"


def test_every_error_is_drawn_with_its_parent_and_its_exit_code_or_home():
    found = {error.__name__: (parent(error), about(error)) for error in defined()}

    assert found == drawn()


def test_every_error_for_the_user_lives_with_the_drawing():
    homes = {error.__name__: error.__module__ for error in defined() if issubclass(error, OnboardingError)}

    assert set(homes.values()) == {"onboarding.model.errors"}


def test_error_name_stands_once():
    names = [error.__name__ for error in defined()]

    assert len(names) == len(set(names))
