"""The description of a destination: what all parts of the program know about a service without loading its client.

A destination is a folder in ``onboarding/destinations``. The folder has a module ``description`` with the constant
``DESTINATION``, and the modules that this description names. The module ``runtime.destination_registry`` finds the
folders. A description imports nothing that loads slowly, since ``--help`` needs all descriptions.
"""

import re
from collections.abc import Iterable, Iterator

from onboarding.model.plan import CHUNK_SIZE
from onboarding.model.values import dataclass

ANY_ACCOUNT_PATTERN = "[0-9A-Za-z][!-?A-~]{0,99}"
"""The regular expression that every account name fits. No address, no formula and no text with a line break fits."""


def canonical_account(name: str, pattern: str = ANY_ACCOUNT_PATTERN) -> str:
    """Return the name of an account in lower case, which is the only form in the ledger and in requests to the service.

    Return the empty text if the name does not fit both ``pattern`` and ``ANY_ACCOUNT_PATTERN``, so that it names no
    account.
    """
    return name.lower() if all(re.fullmatch(each, name) for each in (pattern, ANY_ACCOUNT_PATTERN)) else ""


def in_words(names: Iterable[str], last: str) -> str:
    """Return names as one text, such as ``a, b or c``. The word ``last`` stands before the last name."""
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSetting:
    """A setting that only one destination has. Flags, variables and files of settings call the setting by its ``name``.

    - ``help``: what ``--help`` and the documentation say about the setting.
    - ``sign``: the word that stands for the value in ``--help``, such as ``ID``.
    - ``pattern``: the regular expression that the whole value must fit; empty if any text fits.
    - ``advice``: what the operator should write if the value does not fit.
    - ``words``: all values that the setting can have; empty if it takes other texts.
    - ``example``: the value that a new file of settings shows; empty if the file does not show the setting.
    - ``is_common``: whether the short help of a command shows the setting.
    """

    name: str
    help: str
    sign: str = "TEXT"
    pattern: str = ""
    advice: str = ""
    words: tuple[str, ...] = ()
    example: str = ""
    is_common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationDescription:
    """What the program knows about a destination without loading its client.

    - ``name``: the word in ``--destination``, which is also the name of the folder.
    - ``title`` and ``full_title``: the service's short and full name for people, such as ``Wickr`` and ``AWS Wickr``.
    - ``place``: where ``onboard init`` says that people are invited, such as ``in a network of AWS Wickr``.
    - ``account``: the setting that names the account.
    - ``account_noun``: what people call an account, such as ``Wickr network``.
    - ``account_question``: the question with which ``onboard init`` asks for the account.
    - ``further``: the destination's other settings.
    - ``supports``: the names of shared settings that work only with destinations that list these names.
    - ``permissions``: the permissions that a run needs, such as ``wickr:ListUsers``.
    - ``most_in_request``: how many people one request may invite, at most ``CHUNK_SIZE``.
    - ``is_in_regions``: whether the client of the service needs a region.
    - ``takes_aws_credentials``: whether the client of the service signs its requests with credentials of AWS.
    - ``is_asked_for_members``: whether ``--move-from`` reads the members of this destination's accounts.
    - ``is_default``: whether a run without ``--destination`` goes to this destination. Only one destination is the
      default.
    - ``ended_on``: the day on which the vendor ended the service, as ISO-8601 text; empty if the service is alive.
    - ``sandbox_account``: the account that the sandbox has for this destination.
    - ``adapter``: the module and the name of the destination's ``DestinationType``, such as ``package.module:NAME``.
    - ``simulation``: the module and the name of the ``Simulation`` with which the sandbox stands in for the service.
    """

    name: str
    title: str
    full_title: str
    place: str
    account: DestinationSetting
    account_noun: str
    account_question: str
    sandbox_account: str
    adapter: str
    simulation: str
    further: tuple[DestinationSetting, ...] = ()
    supports: frozenset[str] = frozenset()
    permissions: tuple[str, ...] = ()
    most_in_request: int = CHUNK_SIZE
    is_in_regions: bool = False
    takes_aws_credentials: bool = True
    is_asked_for_members: bool = False
    is_default: bool = False
    ended_on: str = ""

    def settings(self) -> Iterator[DestinationSetting]:
        """Yield the setting that names the account, and then the destination's other settings."""
        yield self.account
        yield from self.further

    @property
    def endpoint_variable(self) -> str:
        """The environment variable with which AWS's SDKs name the endpoint of the service."""
        return f"AWS_ENDPOINT_URL_{self.name.upper()}"
