"""Frozen values behave as those of the standard library."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace

import pytest

from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Leave:
    """A stretch of days."""

    days: int
    note: str = field(default="none", compare=False)
    parts: list[int] = field(default_factory=list, repr=False, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class PaidLeave(Leave):
    """A value that inherits fields."""

    rate: float = field(default=1.0, kw_only=True)
    cost: float = field(default=0.0, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A value that checks itself, and says less about itself."""

    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")

    def __repr__(self) -> str:
        return "Checked()"


LIBRARY = dataclasses.make_dataclass(
    "Leave",
    [
        ("days", int),
        ("note", str, field(default="none", compare=False)),
        ("parts", list, field(default_factory=list, repr=False, compare=False)),
    ],
    frozen=True,
    slots=True,
)


@pytest.mark.parametrize(
    ("arguments", "named"), [((3,), {}), ((3, "ill"), {}), ((3,), {"parts": [1]}), ((), {"days": 0, "note": ""})]
)
def test_value_reads_as_one_of_the_library(arguments, named):
    value, expected = Leave(*arguments, **named), LIBRARY(*arguments, **named)

    assert repr(value) == repr(expected)
    assert asdict(value) == asdict(expected)
    assert hash(value) == hash(Leave(value.days))
    assert Leave.__match_args__ == LIBRARY.__match_args__


@pytest.mark.parametrize(("arguments", "named"), [((), {}), ((1, "", [], 4), {}), ((1,), {"unknown": 1})])
def test_wrong_arguments_raise_the_librarys_error(arguments, named):
    with pytest.raises(TypeError) as expected:
        LIBRARY(*arguments, **named)

    with pytest.raises(TypeError) as found:
        Leave(*arguments, **named)

    assert str(found.value) == str(expected.value)


def test_field_outside_the_constructor_has_its_default_and_is_not_accepted():
    assert PaidLeave(1, rate=0.5).cost == 0
    with pytest.raises(TypeError):
        PaidLeave(1, cost=2.0)


def test_each_value_gets_a_new_list_from_its_factory():
    assert Leave(1).parts is not Leave(1).parts


def test_only_the_fields_that_count_are_compared_and_only_within_a_class():
    assert Leave(1, "a") == Leave(1, "b") != Leave(2, "a")
    assert len({Leave(1, "a"), Leave(1, "b"), Leave(2)}) == 2
    assert Leave(1) != PaidLeave(1)
    assert Leave(1) != 1


def test_value_cannot_change():
    value = PaidLeave(1)

    with pytest.raises(FrozenInstanceError):
        value.days = 2
    with pytest.raises(FrozenInstanceError):
        del value.days
    with pytest.raises((AttributeError, TypeError)):
        value.unknown = 2


def test_value_that_was_copied_or_pickled_or_replaced_is_the_same():
    value = PaidLeave(2, "ill", [1], rate=0.5)

    pickled = pickle.loads(pickle.dumps(value))  # noqa: S301 - pickled here
    for same in (copy.copy(value), copy.deepcopy(value), pickled, replace(value)):
        assert asdict(same) == asdict(value) == {"days": 2, "note": "ill", "parts": [1], "rate": 0.5, "cost": 0.0}


def test_methods_that_a_class_writes_itself_stay():
    assert repr(Checked(name="a")) == "Checked()"
    with pytest.raises(ValueError, match="no name"):
        Checked(name="")
    assert [each.name for each in fields(Checked)] == ["name"]
