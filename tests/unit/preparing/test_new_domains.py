"""People at new domains wait for a person, and all others are invited."""

from collections import Counter

from frames import decided

from onboarding.model.dispositions import Reason
from onboarding.preparing.guards import NewDomains


class Known:
    """The domains that a ledger knows, and the questions that it was asked."""

    def __init__(self, *domains):
        self.domains = domains
        self.asked = Counter()

    def unknown(self, domains):
        self.asked.update(domains)
        return [domain for domain in domains if domain not in self.domains] if self.domains else None


def search(*known, **more) -> NewDomains:
    return NewDomains(Known(*known).unknown, **{"holds": True} | more)


def fates(frame):
    return list(zip(frame["disposition"], frame["reason"], strict=True))


def test_people_at_a_new_domain_are_held_with_what_lets_them_pass():
    found = search("example.com")

    frame = found.hold(decided(["ada@example.com", "bob@new.example", "eve@example.com"]))

    assert fates(frame) == [("", ""), ("held", "new_domain"), ("", "")]
    assert "new.example" in frame["detail"][1]
    assert "--no-hold new_domain" in frame["detail"][1]
    assert (found.people, found.names) == (1, ["new.example"])


def test_no_domain_is_new_before_the_first_run():
    found = search()

    assert fates(found.hold(decided(["ada@example.com"]))) == [("", "")]
    assert not found.knows_domains


def test_rows_that_are_decided_already_stay_as_they_are():
    """People who were invited before are known."""
    frame = decided(["ada@new.example", "bob@new.example", "nonsense"])
    frame.loc[0, "reason"] = Reason.AGAIN.value
    frame.loc[1, ["disposition", "reason"]] = ["already", "pending"]

    assert search("example.com").hold(frame).equals(frame)


def test_people_are_only_counted_if_the_operator_lets_them_pass():
    found = search("example.com", holds=False)

    frame = found.hold(decided(["ada@new.example"]))

    assert fates(frame) == [("", "")]
    assert found.people == 1


def test_allowed_domain_is_known():
    assert search("example.com", allowed=["new.example"]).hold(decided(["ada@new.example"]))["reason"][0] == ""


def test_each_domain_is_asked_for_once():
    known = Known("example.com")
    found = NewDomains(known.unknown, holds=True)

    for start in (0, 3):
        found.hold(decided([f"{name}@new.example" for name in "abc"], start=start))

    assert known.asked == {"new.example": 1}
    assert found.people == 6
