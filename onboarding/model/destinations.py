"""The description of a destination: all facts about a service that the program needs before it loads the client.

A destination is a folder in ``onboarding/destinations``. The folder contains a module ``description``, whose constant
``DESTINATION`` is the description, and the modules that the description names. The module
``runtime.destination_registry`` finds the folders. A description imports no slow library, since ``--help`` needs all
descriptions.
"""

import re
from collections.abc import Iterable, Iterator

from onboarding.model.plan import CHUNK_SIZE
from onboarding.model.values import dataclass

ANY_ACCOUNT_PATTERN = "[0-9A-Za-z][!-?A-~]{0,99}"
"""The regular expression that every account name must match. No address, formula or text of several lines matches."""


def canonical_account(name: str, pattern: str = ANY_ACCOUNT_PATTERN) -> str:
    """Return the name of an account in lower case. The ledger and requests to the service contain only this form.

    An account name must match ``pattern`` and ``ANY_ACCOUNT_PATTERN``. For any other text, return the empty text.
    """
    return name.lower() if all(re.fullmatch(each, name) for each in (pattern, ANY_ACCOUNT_PATTERN)) else ""


def in_words(names: Iterable[str], last: str) -> str:
    """Return names as one text, such as ``a, b or c``. The word before the last name is ``last``."""
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationSetting:
    """A setting of only one destination. Its ``name`` is the name in flags, variables and files of settings.

    - ``help``: the text about the setting in ``--help`` and in the documentation.
    - ``sign``: the word in place of the value in ``--help``, such as ``ID``.
    - ``pattern``: the regular expression that the whole value must match; empty for any text.
    - ``advice``: advice for the operator if the value does not match.
    - ``words``: all values that the setting accepts; empty for a setting that accepts other texts.
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
    """The facts about a destination that the program needs before it loads the client.

    - ``name``: the word in ``--destination``, which is also the name of the folder.
    - ``title`` and ``full_title``: the service's short and full name for people, such as ``Wickr`` and ``AWS Wickr``.
    - ``place``: the place of invites in the questions of ``onboard init``, such as ``in a network of AWS Wickr``.
    - ``account``: the setting that names the account.
    - ``account_noun``: the usual name of an account, such as ``Wickr network``.
    - ``account_question``: the question with which ``onboard init`` asks for the account.
    - ``further``: the destination's other settings.
    - ``supports``: the names of shared settings that work only with destinations that list these names.
    - ``permissions``: the permissions that a run needs, such as ``wickr:ListUsers``.
    - ``most_in_request``: the most people in one request, at most ``CHUNK_SIZE``.
    - ``is_in_regions``: whether the client of the service needs a region.
    - ``takes_aws_credentials``: whether the client of the service signs its requests with credentials of AWS.
    - ``is_asked_for_members``: whether ``--move-from`` reads the members of this destination's accounts.
    - ``is_default``: whether a run without ``--destination`` goes to this destination. Only one destination is the
      default.
    - ``ended_on``: the day on which the vendor ended the service, as ISO-8601 text; empty if the service is alive.
    - ``sandbox_account``: the sandbox's account for this destination.
    - ``adapter``: the module and the name of the destination's ``DestinationType``, such as ``package.module:NAME``.
    - ``simulation``: the module and the name of the ``Simulation`` of the service in the sandbox.
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
        """Yield the setting for the account, and then the destination's other settings."""
        yield self.account
        yield from self.further

    @property
    def endpoint_variable(self) -> str:
        """The environment variable for the service's endpoint, as in AWS's SDKs."""
        return f"AWS_ENDPOINT_URL_{self.name.upper()}"
