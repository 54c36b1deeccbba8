"""The address that a row's detail suggests."""

import pytest

from onboarding.model.suggestions import suggested_address


@pytest.mark.parametrize(
    ("detail", "given", "suggested"),
    [
        ("Did you mean ana@example.com? Write the address with an @-sign.", "ana(at)example.com", "ana@example.com"),
        (
            'The first letter is an unusual form of "n". Did you mean ana@example.com? Type it again.',
            "a\N{FULLWIDTH LATIN SMALL LETTER N}a@example.com",
            "ana@example.com",
        ),
        ("Did you mean quay.example? It is in 26 rows of this export.", " bo@quya.example", "bo@quay.example"),
        ("Did you mean quay.example?", "bo at quya", ""),
        ("The row has no address; enter one.", "", ""),
        ("", "ana@example.com", ""),
    ],
)
def test_suggestion_is_a_whole_address(detail, given, suggested):
    assert suggested_address(detail, given) == suggested
