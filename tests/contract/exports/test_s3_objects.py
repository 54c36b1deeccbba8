"""Tests which objects a location in S3 stands for, and how they are read."""

import hashlib
import stat
import tempfile
from contextlib import closing

import pytest
from buckets import REGION, Wire, new_bucket, serve_s3
from environments import with_aws_endpoint
from moto.core import enable_iam_authentication

from onboarding.exports.open_tables import find_sources
from onboarding.exports.sources.local_files import SUFFIXES
from onboarding.model.errors import AccessRefused, ConfigurationError, ExitCode, InputRefused
from onboarding.runtime.aws import Access, lazy_s3_client
from onboarding.runtime.aws_clients import open_s3

MEGABYTE = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def service():
    """Serve S3, and return a client that may do everything."""
    with serve_s3() as client:
        yield client


@pytest.fixture
def endpoint(service):
    return service.meta.endpoint_url


@pytest.fixture
def bucket(service):
    return new_bucket(service)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path, endpoint):
    """Remove this machine's own AWS settings, and set the endpoint as for any boto3 program."""
    return with_aws_endpoint(monkeypatch, tmp_path, "s3", endpoint)


@pytest.fixture
def opened():
    """Return a function that finds sources with a client of these settings."""
    with lazy_s3_client(Access(region=REGION)) as s3:
        yield lambda *locations: find_sources(locations, s3)


@pytest.fixture
def names(opened, bucket):
    """Return a function that lists the keys at locations in this bucket."""
    return lambda *keys: [
        source.name.removeprefix(f"{bucket.uri}/") for source in opened(*(f"{bucket.uri}/{key}" for key in keys))
    ]


@pytest.fixture
def exports(bucket):
    """Put some exports into the bucket, one of them in a folder below, and other objects beside them."""
    for key in ("hr/b.csv", "hr/a.TSV", "hr/c.xlsx", "hr/notes.md", "hr/.hidden.csv", "hr/~$c.xlsx", "hr/old/d.csv"):
        bucket.put(key, "email\n")
    for key in ("hr/", "hr/old/"):
        bucket.put(key, "")
    return bucket


@pytest.mark.usefixtures("exports")
def test_folder_stands_for_the_exports_directly_in_it(names):
    """As on a disk. The object with which a console shows a folder is no export."""
    assert names("hr/") == ["hr/a.TSV", "hr/b.csv", "hr/c.xlsx"]


@pytest.mark.usefixtures("exports")
def test_pattern_may_go_down_folders(names):
    """The matches are sorted, without hidden objects and folders."""
    assert names("hr/**/*.csv") == ["hr/b.csv", "hr/old/d.csv"]
    assert names("hr/[bc].*") == ["hr/b.csv", "hr/c.xlsx"]
    assert names("*/*") == ["hr/a.TSV", "hr/b.csv", "hr/c.xlsx", "hr/notes.md"]
    assert names("hr/*/*") == ["hr/old/d.csv"]


@pytest.mark.usefixtures("exports")
def test_named_object_may_be_called_anything(names):
    """A hidden object, and an object without a suffix, is read if the user names it."""
    assert names("hr/.hidden.csv", "hr/notes.md") == ["hr/.hidden.csv", "hr/notes.md"]


def test_object_with_brackets_in_its_name_is_that_object(names, exports):
    """Browsers call a second download ``staff[1].csv``, which is not ``staff1.csv``."""
    exports.put("hr/staff[1].csv", "email\n")
    exports.put("hr/staff1.csv", "email\n")

    assert names("hr/staff[1].csv") == ["hr/staff[1].csv"]


@pytest.mark.usefixtures("exports")
def test_object_reached_twice_is_read_once(names):
    """The object is reached by its name, its folder and a pattern."""
    assert names("hr/b.csv", "hr/", "hr/*.csv") == ["hr/b.csv", "hr/a.TSV", "hr/c.xlsx"]


def test_bucket_is_a_folder(opened, bucket):
    """The slash after the bucket may be missing."""
    uri = bucket.put("staff.csv", "email\n")

    assert [source.name for source in opened(bucket.uri, f"{bucket.uri}/")] == [uri]


def test_keys_that_urls_would_mangle_are_read_unchanged(names, bucket):
    """S3 accepts almost any text as a key."""
    keys = ["hr/caf\u00e9 & co+1%20.csv", "hr/\u540d\u7c3f.csv"]
    for key in keys:
        bucket.put(key, "email\n")

    assert names("hr/") == keys
    assert names(*keys) == keys


def test_rest_of_a_folder_is_said_once(opened, bucket):
    for key in ("hr/", "hr/a.csv", "hr/b.xlsm", "hr/form.xltx", "hr/.hidden"):
        bucket.put(key, "email\n")

    first, other = opened(f"{bucket.uri}/hr/")

    assert first.notes == ('In the folder of this file, these were passed over: "form.xltx".',)
    assert other.notes == ()


def test_folder_of_many_pages_is_listed_to_its_end(names, bucket, environment):
    """S3 lists a thousand objects a page; here it lists three."""
    environment.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    keys = [f"hr/{number:02}.csv" for number in range(10)]
    for key in reversed(keys):
        bucket.put(key, "email\n")

    assert names("hr/") == names("**/*.csv") == keys


def test_files_and_objects_stand_in_the_order_given(opened, bucket, tmp_path):
    """One run may read files and objects."""
    path = tmp_path / "staff.csv"
    path.write_text("email\n")
    uri = bucket.put("staff.csv", "email\n")

    assert [source.name for source in opened(uri, str(path))] == [uri, path.as_posix()]
    assert [source.name for source in opened(str(path), uri)] == [path.as_posix(), uri]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("none.csv", "there is no such object; a folder's name ends with /"),
        ("hr", "there is no such object; a folder's name ends with /"),
        ("hr/*.ods", "no object matches"),
        ("none/", f"the folder holds no {', '.join(sorted(SUFFIXES))} object"),
        ("empty.csv", "the object is empty"),
        ("*.csv", "the object is empty"),
    ],
)
def test_location_that_cannot_be_an_export_is_refused_in_one_line(opened, exports, key, line):
    """The refusal names the location."""
    exports.put("empty.csv", "")

    with pytest.raises(InputRefused) as refusal:
        opened(f"{exports.uri}/{key}")

    named = "empty.csv" if "empty" in line else key
    assert str(refusal.value) == f"{exports.uri}/{named}: {line}"


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ("s3://no-such-bucket-here/staff.csv", "there is no such bucket"),
        ("s3://no-such-bucket-here/", "there is no such bucket"),
        ("s3://No such bucket!/staff.csv", "a bucket or object cannot be called that"),
        ("s3://", "write s3://bucket/key"),
        ("s3:///staff.csv", "write s3://bucket/key"),
    ],
)
def test_location_that_cannot_be_a_bucket_is_refused_in_one_line(opened, location, line):
    with pytest.raises(InputRefused) as refusal:
        opened(location)

    assert str(refusal.value) == f"{location}: {line}"


def test_blocks_are_the_object_and_its_digest(opened, bucket):
    """The digest is that of the bytes that were read."""
    (source,) = opened(bucket.put("a.bin", MEGABYTE))
    digest = hashlib.sha256()

    blocks = list(source.blocks(600_000, digest))

    assert source.size == len(MEGABYTE)
    assert [len(block) for block in blocks] == [600_000, len(MEGABYTE) - 600_000]
    assert b"".join(blocks) == MEGABYTE
    assert digest.hexdigest() == hashlib.sha256(MEGABYTE).hexdigest()


def test_head_is_the_beginning(opened, bucket):
    """The head of a smaller object is the whole object."""
    (source,) = opened(bucket.put("a.bin", MEGABYTE))

    assert source.head(1000) == MEGABYTE[:1000]
    assert source.head(2 * len(MEGABYTE)) == MEGABYTE


def test_copy_is_whole_and_has_no_name(opened, bucket, tmp_path, environment):
    """Readers that must seek get the copy. Nothing of it stays, however the process ends."""
    environment.setattr(tempfile, "tempdir", str(tmp_path))
    (source,) = opened(bucket.put("hr/staff.xlsx", MEGABYTE))

    with source.as_file() as path:
        assert path.read_bytes() == MEGABYTE
        assert list(tmp_path.iterdir()) == []
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_copy_is_gone_afterwards(opened, bucket, tmp_path, environment):
    """An error while it is read makes no difference."""
    environment.setattr(tempfile, "tempdir", str(tmp_path))
    (source,) = opened(bucket.put("hr/staff.xlsx", MEGABYTE))

    with pytest.raises(KeyError), source.as_file():
        raise KeyError(*tmp_path.iterdir())

    assert list(tmp_path.iterdir()) == []


def test_object_is_refused_if_there_is_no_room_for_its_copy(opened, bucket, tmp_path, environment):
    """The disk may be full, or the folder gone."""
    environment.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    (source,) = opened(bucket.put("staff.xlsx", MEGABYTE))

    with pytest.raises(InputRefused, match="folder for temporary files: No such file"), source.as_file():
        pass


@pytest.mark.parametrize("resets", [False, True])
def test_reading_goes_on_where_a_connection_broke(opened, bucket, environment, endpoint, resets):
    """No byte is lost or read twice."""
    with Wire(endpoint, resets=resets) as wire:
        environment.setenv("AWS_ENDPOINT_URL_S3", wire.url)
        (source,) = opened(bucket.put("a.bin", MEGABYTE))
        wire.cuts += [200_000, 300_000, 300_000]
        digest = hashlib.sha256()

        blocks = list(source.blocks(64_000, digest))

        assert wire.cuts == []
    assert b"".join(blocks) == MEGABYTE
    assert digest.hexdigest() == hashlib.sha256(MEGABYTE).hexdigest()


def test_object_is_refused_if_connections_keep_breaking(opened, bucket, environment, endpoint):
    """It never delivers a whole block."""
    with Wire(endpoint) as wire:
        environment.setenv("AWS_ENDPOINT_URL_S3", wire.url)
        (source,) = opened(bucket.put("a.bin", MEGABYTE))
        wire.cuts += [20_000] * 5

        with pytest.raises(InputRefused) as refusal:
            list(source.blocks(64_000, hashlib.sha256()))

    assert str(refusal.value) == f"{source.name}: the connection broke 5 times; run again"


@pytest.mark.parametrize("by", ["the beginning", "a broken connection"])
def test_object_that_changes_while_being_read_is_refused(opened, bucket, environment, endpoint, by):
    """Its rows would be neither the old one's nor the new one's."""
    with Wire(endpoint) as wire:
        environment.setenv("AWS_ENDPOINT_URL_S3", wire.url)
        (source,) = opened(bucket.put("a.bin", MEGABYTE))
        blocks = source.blocks(64_000, hashlib.sha256())
        if by == "a broken connection":
            wire.cuts += [200_000]
            next(blocks)
        bucket.put("a.bin", bytes(reversed(MEGABYTE)))

        with pytest.raises(InputRefused) as refusal:
            list(blocks)

    assert str(refusal.value) == f"{source.name}: changed while being read; run again when no program writes to it"


def test_object_that_is_gone_is_refused(opened, bucket):
    """The file was there when it was found."""
    (source,) = opened(bucket.put("staff.csv", "email\n"))
    bucket.client.delete_object(Bucket=bucket.name, Key="staff.csv")

    with pytest.raises(InputRefused, match=r"staff.csv: there is no such object"):
        source.head(10)


def test_object_that_arrives_damaged_is_refused(opened, bucket, environment, endpoint):
    """Its bytes do not have the checksum that S3 keeps."""
    with Wire(endpoint, spoilt=b"ana@") as wire:
        environment.setenv("AWS_ENDPOINT_URL_S3", wire.url)
        (source,) = opened(bucket.put("staff.csv", "email\nana@corp.example\n"))

        with pytest.raises(InputRefused, match=r"staff.csv: arrived damaged, by its checksum; run again"):
            list(source.blocks(64_000, hashlib.sha256()))


@pytest.mark.parametrize("key", ["staff.csv", "hr/", "hr/*.csv"])
def test_access_denied_ends_with_its_own_code(opened, bucket, key):
    """S3 does not know these credentials, or they permit too little."""
    with enable_iam_authentication(), pytest.raises(AccessRefused) as refusal:
        opened(f"{bucket.uri}/{key}")

    assert refusal.value.exit_code is ExitCode.CLOSED
    assert str(refusal.value) == (
        f"{bucket.uri}/{key}: AWS does not know the credentials from the environment (403 InvalidAccessKeyId); check"
        " them, or name another profile with --profile"
    )


def test_without_credentials_nothing_is_read(opened, environment):
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(AccessRefused, match=r"no usable AWS credentials .* name a profile"):
        opened("s3://bucket/staff.csv")


def test_endpoint_that_does_not_answer_is_one_line(opened, environment):
    """No service listens on port 1."""
    environment.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")

    with pytest.raises(InputRefused, match=r"s3://bucket/staff.csv: S3 cannot be reached at http://127.0.0.1:1 \(Endp"):
        opened("s3://bucket/staff.csv")


def test_profile_and_region_are_honoured(bucket, tmp_path, environment, endpoint):
    """The profile sets the endpoint, as for the AWS CLI."""
    environment.delenv("AWS_ENDPOINT_URL_S3")
    environment.delenv("AWS_ACCESS_KEY_ID")
    (tmp_path / "config").write_text(
        f"[profile hr]\naws_access_key_id = hr\naws_secret_access_key = hr\nendpoint_url = {endpoint}\n"
    )
    uri = bucket.put("staff.csv", "email\n")

    with closing(open_s3(Access(profile="hr", region="eu-west-1"))) as client:
        (source,) = find_sources([uri], lambda: client)

        assert source.head(5) == b"email"
        assert client.meta.region_name == "eu-west-1"


@pytest.mark.parametrize(
    ("access", "line"),
    [
        (Access(profile="nobody"), "The AWS profile 'nobody' is not in the AWS configuration"),
        (Access(region="no region"), r"check --region"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(access, line):
    with lazy_s3_client(access) as s3, pytest.raises(ConfigurationError, match=line):
        find_sources(["s3://bucket/staff.csv"], s3)


def test_nothing_is_opened_for_files(tmp_path):
    """A run without S3 needs no settings for it."""
    (tmp_path / "staff.csv").write_text("email\n")

    with lazy_s3_client(Access(profile="nobody")) as s3:
        assert len(find_sources([str(tmp_path)], s3)) == 1
