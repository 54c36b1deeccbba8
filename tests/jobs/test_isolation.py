"""An address at which the service always fails is isolated, so that it keeps no other person from an invitation."""

import pytest
from workspace import account_flags

from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.sandbox import Refusal

BAD = "person17@example.com"


# On Wickr a lost answer is asked for again with the token, after waits of seconds.
@pytest.fixture(params=["chime", pytest.param("wickr", marks=pytest.mark.soak)])
def there(request, sandbox) -> list[str]:
    """Return the flags that send a run to one of the services of the sandbox."""
    wickr = ["--destination", "wickr", "--network-id", WICKR_NETWORK, "--region", "us-east-1"]
    wickr += ["--endpoint-url", sandbox.url]
    return account_flags(sandbox) if request.param == "chime" else wickr


def test_address_at_which_the_service_always_fails_ends_alone_and_the_others_are_mailed_once(workspace, sandbox, there):
    """A chunk of 50 is sent in sevens after its answer was lost, and a lost seven one by one."""
    sandbox.refuse(BAD, Refusal.FAIL)
    people = workspace.export(120)

    codes = [workspace.onboard("run", people, *there, "--concurrency", "1").code for _ in range(3)]

    left = [line for line in workspace.report() if line["disposition"] not in ("invited", "already")]
    assert [(line["email"], line["disposition"]) for line in left] == [(BAD, "in_doubt")]
    assert "(sent alone, since 2 earlier answers were lost)" in left[0]["detail"]
    assert codes == [6, 6, 6]
    mails = sandbox.mails()
    assert len(mails) == 119
    assert set(mails.values()) == {1}
    assert BAD not in mails
