"""A service that does what it is asked, and lies about it: answers of wrong types, incomplete, respelled, or none.

It mails each request once, or each token once where requests have tokens, and lists the people whom it mailed. It never
lies by leaving a person out of the list: against that there is no help.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hostile import USUAL, HostileService, all_invited, chime_user, operation_of, wickr_user

ADDRESSES = {"EmailAddress", "PrimaryEmail", "username"}
ODD_VALUES = (None, 7, -1, True, 2.5, "", "x\x00y", "\ud800", "x" * 9000, [], {}, [None], {"a": 1}, ["x"], "Unheard of")
ODD_BODIES = (b"", b"<html>proxy</html>", b"[]", b"null", b"7", b"{}", b'"text"', b"\xff\xfe", b"[" * 5000)


@dataclass
class LyingService(HostileService):
    """The service. ``mailed`` counts the mails by address. ``lies`` is how many of its answers are lies, 0 to 1."""

    random: Random = field(default_factory=Random)
    lies: float = 0.6
    mailed: Counter[str] = field(default_factory=Counter)
    _answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def answer_to(self, method: str, path: str, body: bytes, token: str) -> tuple[int, bytes]:
        """Do what a request asks for, and return an answer that may be a lie."""
        operation = operation_of(method, path)
        with self._lock:
            self.asked.append(operation)
            if self.random.random() < self.lies / 4:
                return 429, self.random.choice(ODD_BODIES)
            truth = self._act(operation, path, body, token)
            status = 201 if operation == "InviteUsers" else 200
            return self._lie(status, truth) if self.random.random() < self.lies else (status, _encoded(truth))

    def _act(self, operation: str, path: str, body: bytes, token: str) -> dict[str, Any]:
        wanted = "".join(
            value for values in parse_qs(urlsplit(path).query).values() for value in values if "@" in value
        )
        shown = [address for address in self.mailed if wanted in address]
        match operation:
            case "chime.ListUsers":
                return {"Users": [chime_user(address) for address in shown]}
            case "wickr.ListUsers":
                return {"users": [wickr_user(address) for address in shown]}
            case "InviteUsers" | "BatchCreateUser":
                if token in self._answered:
                    return self._answered[token]
                answer = all_invited(operation, json.loads(body))
                people = answer.get("Invites") or answer.get("successful") or []
                self.mailed.update(entry.get("EmailAddress") or entry["username"] for entry in people)
                if token:
                    self._answered[token] = answer
                return answer
            case _:
                return USUAL[operation]

    def _lie(self, status: int, truth: dict[str, Any]) -> tuple[int, bytes]:
        kind = self.random.randrange(10)
        if kind == 0:
            return 0, b""
        if kind == 1:
            return self.random.choice([status, 200, 204, 302, 500, 503]), self.random.choice(ODD_BODIES)
        whole = _encoded(truth)
        if kind == 2:
            return status, whole[: self.random.randrange(len(whole))]
        document = json.loads(whole)
        for _ in range(self.random.randint(1, 4)):
            self._change(document)
        return status, _encoded(document)

    def _change(self, document: dict[str, Any]) -> None:
        """Change one thing in a document."""
        lists = [name for name, value in document.items() if isinstance(value, list)]
        entries = [entry for name in lists for entry in document[name] if isinstance(entry, dict) and entry]
        if lists and self.random.random() < 0.4:
            name = self.random.choice(lists)
            self.random.choice([self._repeat, self._shuffle, self._add, self._replace])(document, name)
        elif entries:
            self._change_entry(self.random.choice(entries))
        elif document:
            name = self.random.choice(sorted(document))
            self._replace(document, name)

    def _change_entry(self, entry: dict[str, Any]) -> None:
        name = self.random.choice(sorted(entry))
        if name in ADDRESSES and isinstance(entry[name], str) and self.random.random() < 0.7:
            entry[name] = self.random.choice(RESPELLINGS)(entry[name])
        elif name in ADDRESSES:
            entry[name] = self.random.choice([value for value in ODD_VALUES if not isinstance(value, str)])
        elif self.random.random() < 0.3:
            del entry[name]
        else:
            entry[name] = self.random.choice(ODD_VALUES)

    def _repeat(self, document: MutableMapping[str, Any], name: str) -> None:
        if document[name]:
            again = json.loads(json.dumps(self.random.choice(document[name])))
            if isinstance(again, dict) and again and self.random.random() < 0.5:
                self._change_entry(again)
            document[name].append(again)

    def _shuffle(self, document: MutableMapping[str, Any], name: str) -> None:
        self.random.shuffle(document[name])

    def _add(self, document: MutableMapping[str, Any], name: str) -> None:
        odd = self.random.choice(ODD_VALUES)
        document[name].insert(self.random.randint(0, len(document[name])), odd)

    def _replace(self, document: MutableMapping[str, Any], name: str) -> None:
        # Not by an empty list, which is the one lie that nobody can see through.
        document[name] = self.random.choice([value for value in ODD_VALUES if value != []])


RESPELLINGS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.title,
    lambda address: unicodedata.normalize("NFD", address),
    lambda address: unicodedata.normalize("NFC", address),
)


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
