"""The people of the made-up companies, and the ways in which their addresses are typed."""

from dataclasses import dataclass
from datetime import date, timedelta

from samples.sample import INVALID, MISSING, SEVERAL, Fate, invited

# ruff: noqa: SIM905  names in a row read better than as many quoted ones

GIVEN = (
    "Ana Björn Chiara Dmitri Élodie Farid Greta Hélène Ismaël Jürgen Katarzyna Luís Małgorzata Nuno Ørjan Paula "
    "Quentin Rosa Søren Tomás Ulrike Věra Wanda Xenia Yusuf Zoë"
).split()
FAMILY = (
    "Ruiz Müller Okafor Nowak Lindqvist Moreau Rossi Schäfer Øvergård Jansen Novák Costa Weiß Dubois Ferrari "
    "Kowalska O'Neill"
).split()
ASCII = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ø": "O", "ø": "o", "å": "a", "ł": "l", "É": "E", "é": "e", "è": "e"}
    | {"ë": "e", "í": "i", "á": "a", "ě": "e", "'": ""}
)
FORMULAS = ('=HYPERLINK("http://example.com","click")', "+1 Team", "-Ana Ruiz", "@home")

DECOYS = ("home.example", "managers.example", "spare.example")
"""The domains of addresses that no run may ever invite."""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented employee. ``number`` sets everything about them."""

    number: int
    domain: str

    @property
    def given(self) -> str:
        """The given name."""
        return GIVEN[self.number % len(GIVEN)]

    @property
    def family(self) -> str:
        """The family name; given and family name together repeat only after 442 people."""
        return FAMILY[self.number % len(FAMILY)]

    @property
    def name(self) -> str:
        """Both names, or now and then a text that a spreadsheet would execute."""
        return FORMULAS[self.number // 37 % 4] if self.number % 37 == 36 else f"{self.given} {self.family}"

    @property
    def local_part(self) -> str:
        """The part of the work address before the @."""
        return f"{self.given}.{self.family}".translate(ASCII).lower()

    @property
    def address(self) -> str:
        """The work address."""
        return f"{self.local_part}@{self.domain}"

    @property
    def home(self) -> str:
        """The private address."""
        return f"{self.local_part}@home.example"

    @property
    def spare(self) -> str:
        """The address for lost passwords and the like."""
        return f"{self.local_part}@spare.example"

    @property
    def manager(self) -> str:
        """The manager's address, which repeats."""
        return f"head.of.team{self.number % 7}@managers.example"

    @property
    def hired(self) -> date:
        """The first day at work, some years ago."""
        return date(2012, 1, 9) + timedelta(days=self.number * 97 % 4300)

    @property
    def left(self) -> date:
        """The last day at work of those who left, some time ago."""
        return self.hired + timedelta(days=365 + self.number % 200)

    def typed(self, instead: Fate | None = None) -> tuple[str, Fate]:
        """Return the work address as people and systems type it, and the fate of its row.

        With ``instead``, a fate that does not depend on the address, the address is typed as it is.
        """
        if instead is not None:
            return self.address, instead
        odd = {
            3: (self.address.upper(), invited(self.address)),
            5: (f"  {self.address} ", invited(self.address)),
            8: (f"mailto:{self.address}", invited(self.address)),
            11: (f"{self.given} <{self.address}>", invited(self.address)),
            14: (f"\u00a0{self.address}", invited(self.address)),
            17: (f"{self.address}\u200b", invited(self.address)),
            20: ("", MISSING),
            22: (self.address.title(), invited(self.address)),
            25: (f"{self.local_part}(at){self.domain}", INVALID),
            27: (f"{self.address}; {self.local_part}2@{self.domain}", SEVERAL),
            28: (f"{self.given} {self.address}@", INVALID),
        }
        return odd.get(self.number % 31, (self.address, invited(self.address)))
