"""The decorator ``dataclass``, which makes a class of frozen values in a tenth of the usual time.

The package contains hundreds of frozen dataclasses, and a command makes objects of few of them. The standard library
compiles six methods for each class. This decorator compiles the constructor when a class makes its first object, and
all classes share the other methods.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type[Any] | None = None, /, **options: bool) -> Any:
        """Return a class as ``dataclasses.dataclass`` would. Only a frozen class gets the methods of this module.

        ``options`` are the options of the library's decorator. The decorator knows ``frozen``, ``slots``, ``kw_only``
        and ``eq``.
        """
        decorate = _value if options.pop("frozen", False) else dataclasses.dataclass
        return decorate(cls, **options) if cls else lambda later: decorate(later, **options)


def _value(cls: type[Any], *, eq: bool = True, **options: bool) -> type[Any]:
    """Return the class ``cls``, and add the methods of frozen values that the class does not define itself.

    If ``eq`` is false, add no methods that compare values.
    """
    cls.__doc__ = cls.__doc__ or cls.__name__  # the library would read the signature of the constructor
    made = dataclasses.dataclass(init=False, repr=False, eq=False, **options)(cls)
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _first_constructor(made),
        "__repr__": _repr,
        "__setattr__": _refuse_change,
        "__delattr__": _refuse_change,
        "__getstate__": _state,
        "__setstate__": _set_state,
        **(_comparison(made) if eq else {}),
    }
    for name, method in methods.items():
        if name not in vars(made):
            setattr(made, name, method)
    return made


def _first_constructor(cls: type[Any]) -> Callable[..., None]:
    """Return a constructor whose first call compiles the real constructor. All later calls use the real constructor."""

    def construct(self: object, /, *arguments: object, **named: object) -> None:
        cls.__init__ = compiled = _constructor(cls)
        compiled(self, *arguments, **named)

    return construct


def _constructor(cls: type[Any]) -> Callable[..., None]:
    """Compile the constructor that the library would compile, without making a class for it.

    ``_absent`` is the default of a field with a factory. The constructor replaces ``_absent`` with the result of the
    factory.
    """
    scope: dict[str, Any] = {"_put": object.__setattr__, "_absent": dataclasses.MISSING}
    by_place, by_name, lines = ["self"], ["*"], ["pass"]
    for each in dataclasses.fields(cls):
        name, default, has_factory = each.name, f"_default_{each.name}", each.default_factory is not dataclasses.MISSING
        scope[default] = each.default_factory if has_factory else each.default
        value = made = f"{default}()" if has_factory else default
        if each.init:
            value = f"{made} if {name} is _absent else {name}" if has_factory else name
            is_needed = scope[default] is dataclasses.MISSING
            given = name if is_needed else f"{name}=_absent" if has_factory else f"{name}={default}"
            (by_name if each.kw_only else by_place).append(given)
        lines.append(f"_put(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join([*by_place, *(by_name if len(by_name) > 1 else ())])
    exec(f"def __init__({parameters}):\n " + "\n ".join(lines), scope)  # noqa: S102 - names of fields only  # nosec B102
    compiled: Callable[..., None] = scope["__init__"]
    compiled.__qualname__ = f"{cls.__qualname__}.__init__"
    return compiled


def _comparison(cls: type[Any]) -> dict[str, Callable[..., Any]]:
    """Return the methods that compare and hash values of a class by its compared fields."""
    names = [each.name for each in dataclasses.fields(cls) if each.compare]
    key = attrgetter(*names) if names else lambda _value: ()

    def is_equal(self: object, other: object) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    return {"__eq__": is_equal, "__hash__": lambda self: hash(key(self))}


def _repr(self: Any) -> str:
    shown = [each.name for each in dataclasses.fields(self) if each.repr]
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _refuse_change(_self: object, name: str, *_value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")


def _state(self: Any) -> list[object]:
    """Return the values of all fields, for ``pickle``."""
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


__all__ = ["dataclass"]
