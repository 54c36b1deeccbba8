"""An endpoint has one name in the ledger, however it is spelled, and different endpoints have different names."""

from ipaddress import IPv6Address

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from onboarding.runtime.endpoints import canonical_endpoint, foreign_endpoint

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join).filter(lambda name: "localhost" not in name)
LOOPBACKS = {"localhost", "127.0.0.1", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "[::]"}
PLACES = st.one_of(
    NAMES.map(lambda name: {name, f"{name}."}),
    st.ip_addresses(v=4).filter(lambda ip: not ip.is_loopback and int(ip)).map(lambda ip: {f"{ip}", f"[::ffff:{ip}]"}),
    st.ip_addresses(v=6)
    .filter(lambda ip: not ip.ipv4_mapped and not ip.is_loopback and int(ip))
    .map(lambda ip: {f"[{ip}]", f"[{ip.exploded}]"}),
    st.just({*LOOPBACKS, "localhost.", "team.localhost", "localhost.localdomain", "ip6-localhost"}),
)
PATHS = st.lists(st.from_regex(r"[A-Za-z0-9_~-]{1,5}", fullmatch=True), max_size=2).map(
    lambda names: "".join(f"/{name}" for name in names)
)
SCHEMES = st.sampled_from(["http", "https"])
PORTS = st.integers(1, 65535)


@st.composite
def endpoints(draw) -> list[str]:
    """Return some spellings of one endpoint."""
    scheme, port, path = draw(SCHEMES), draw(PORTS), draw(PATHS)
    ports = {f":{port}"} | ({"", ":"} if port == {"http": 80, "https": 443}[scheme] else set())
    hosts = sorted(draw(PLACES))

    def spelling() -> str:
        before = f"{scheme}://{draw(st.sampled_from(hosts))}"
        before = draw(st.sampled_from([before, before.upper(), before.title()]))
        ends = draw(st.sampled_from(["", "/", "//", "?", "/?", "#", "/?#"]))
        return before + draw(st.sampled_from(sorted(ports))) + path + ends

    return [spelling() for _ in range(4)]


@given(endpoints())
@example(["http://host", "http://host/", "HTTP://HOST:80", "http://Host.?"])
@example(["http://localhost:4566", "http://127.0.0.1:4566", "http://[::1]:4566/", "http://0.0.0.0:4566"])
def test_all_spellings_of_one_endpoint_have_one_name(spellings):
    assert len({canonical_endpoint(url) for url in spellings}) == 1


@given(endpoints())
def test_name_of_an_endpoint_is_a_spelling_of_it(spellings):
    """A client that uses the name reaches the same endpoint, and its name stays what it is."""
    name = canonical_endpoint(spellings[0])

    assert canonical_endpoint(name) == name


@given(st.tuples(SCHEMES, NAMES, PORTS, PATHS), st.tuples(SCHEMES, NAMES, PORTS, PATHS))
def test_different_endpoints_have_different_names(one, other):
    assume(one != other)

    names = {canonical_endpoint(f"{scheme}://{host}:{port}{path}") for scheme, host, port, path in (one, other)}

    assert len(names) == 2


def test_machines_beside_this_one_are_no_loopback():
    urls = [
        "http://128.0.0.1",
        "http://[::2]",
        "http://notlocalhost",
        "http://localhost.example",
        f"http://[{IPv6Address(0)}2]",
    ]

    assert not {canonical_endpoint(url) for url in urls} & {canonical_endpoint("http://localhost")}


@pytest.mark.parametrize(
    "url",
    [
        *("", "host", "//host", "ftp://host", "http:host", "http:///path", "http://", "http://:80", "http://[::1"),
        *(" http://host", "http://host ", "http://ho st", "http://host\t", "http://ho\nst", "http://host/\x00"),
        *("http://me@host", "http://me:secret@host", "http://host?a=b", "http://host/?a", "http://host#a"),
        *(
            "http://host:0",
            "http://host:080",
            "http://host:65536",
            "http://host:+80",
            "http://host:1:2",
            "http://host:x",
        ),
        *("http://127.1", "http://2130706433", "http://0x7f.1", "http://0177.0.0.1", "http://127.0.0.1.5", "http://1"),
        *("http://[::1]x:80", "http://[fe80::1%25eth0]", "http://[host]", "http://[127.0.0.1]", "http://[v1.a]"),
        *("http://a_b", "http://-a", "http://a-", "http://a..b", "http://.a", "http://a%62", "http://host\\x"),
        *("http://b\u00fccher.example", "http://\u212aelvin.example", "http://host\uff0eexample", "http://host\u3002"),
        *("http://host/%61", "http://host/a//b", "http://host/a/../b", "http://host/.", "http://host/a;b"),
    ],
)
def test_url_that_may_have_several_meanings_is_refused(url):
    with pytest.raises(ValueError, match=r"^(write|leave out)") as refused:
        canonical_endpoint(url)

    assert refused.value.__cause__ is None
    assert "secret" not in str(refused.value)


@given(
    st.text(alphabet=st.sampled_from("htps:/[]0127.x@?#% \t\\a-\u00e9"), max_size=24).map(lambda rest: f"http://{rest}")
)
def test_what_passes_is_a_plain_url(url):
    try:
        name = canonical_endpoint(url)
    except ValueError:
        return

    assert name.isascii()
    assert not set(name) & set(" \t@?#%\\")
    assert canonical_endpoint(name) == name


@pytest.mark.parametrize(
    "url",
    [
        "https://service.chime.aws.amazonaws.com",
        "https://SERVICE.chime.aws.amazonaws.com.:443/",
        "https://admin.wickr.eu-central-1.amazonaws.com",
        "https://wickr.eu-central-1.api.aws",
    ],
)
def test_vendors_own_endpoint_has_no_name(url):
    assert foreign_endpoint(url) == ""


@pytest.mark.parametrize("url", ["https://amazonaws.com.example", "https://notamazonaws.com", "http://127.0.0.1:8765"])
def test_other_endpoint_is_no_endpoint_of_the_vendor(url):
    assert foreign_endpoint(url) == url
