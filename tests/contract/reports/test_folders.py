"""A report appears whole or not at all, on a disk and in S3."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

import pytest
from botocore.stub import Stubber
from buckets import REGION, Bucket, new_bucket, serve_s3
from moto.core import enable_iam_authentication

from onboarding.model.errors import ConfigurationError, ExitCode, ReportNotWritten
from onboarding.reports import open_folder
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import open_s3


@dataclass(frozen=True)
class Disk:
    """A folder for reports on a disk, and the files in it."""

    out: str

    def files(self) -> dict[str, bytes]:
        root = Path(self.out)
        return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}

    def open(self, run_id="r1"):
        return open_folder(self.out, run_id, lambda: pytest.fail("S3 is not needed"))

    def lose(self):
        """Take the run's folder away."""
        Path(self.out, "r1").rmdir()


@dataclass(frozen=True)
class Prefix:
    """A folder for reports in S3, and the objects in it."""

    bucket: Bucket

    @property
    def out(self) -> str:
        return f"{self.bucket.uri}/hr/reports"

    def files(self) -> dict[str, bytes]:
        return {key.removeprefix("hr/reports/"): self.bucket.get(key) for key in self.bucket.list()}

    def open(self, run_id="r1"):
        return open_folder(self.out, run_id, lambda: self.bucket.client)

    def lose(self):
        self.bucket.client.delete_bucket(Bucket=self.bucket.name)


@pytest.fixture(scope="module")
def service():
    """Serve S3, and return a client that may do everything."""
    with serve_s3() as client:
        yield client


@pytest.fixture
def prefix(service):
    return Prefix(new_bucket(service))


@pytest.fixture
def disk(tmp_path):
    return Disk(f"{tmp_path}/hr/reports")


@pytest.fixture(params=["disk", "prefix"])
def place(request):
    """Return an empty folder of each kind."""
    return request.getfixturevalue(request.param)


def test_report_appears_when_it_is_whole(place):
    with place.open() as folder:
        with folder.atomic_write("summary.json") as file:
            file.write(b"{}")
            file.flush()
            assert "r1/summary.json" not in place.files()

        assert place.files() == {"r1/summary.json": b"{}"}
        assert folder.name == f"{place.out}/r1"


def test_report_can_be_read_back(place):
    content = token_bytes(20 * 2**20)

    with place.open() as folder:
        with folder.atomic_write("part.csv") as file:
            file.write(b"header\n" + content)
        with folder.read_back("part.csv") as file:
            assert (file.readline(), file.read()) == (b"header\n", content)
        with pytest.raises(ReportNotWritten, match=r"r1/other\.csv' could not be read"), folder.read_back("other.csv"):
            pass


def test_error_leaves_the_old_report(place):
    with place.open() as folder:
        with folder.atomic_write("summary.json") as file:
            file.write(b"old")

        with pytest.raises(KeyError), folder.atomic_write("summary.json") as file:
            raise KeyError(file.write(b"half of the new"))

        assert place.files() == {"r1/summary.json": b"old"}


def test_new_report_takes_the_old_ones_place(place):
    with place.open() as folder:
        for content in (b"old", b"new"):
            with folder.atomic_write("summary.json") as file:
                file.write(content)

        assert place.files() == {"r1/summary.json": b"new"}


def test_large_report_is_whole(place):
    """S3 gets the report in several parts."""
    content = token_bytes(20 * 2**20)

    with place.open() as folder, folder.atomic_write("reconciliation.csv") as file:
        for start in range(0, len(content), 2**20):
            file.write(content[start : start + 2**20])

    assert place.files() == {"r1/reconciliation.csv": content}


def test_report_can_be_written_out_of_order(place):
    """Archives are written out of order, and so are workbooks."""
    with place.open() as folder, folder.atomic_write("reconciliation.xlsx") as file:
        file.write(b"0000body")
        file.seek(0)
        file.write(b"head")

    assert place.files() == {"r1/reconciliation.xlsx": b"headbody"}


def test_proof_that_it_can_be_written_to_leaves_nothing(place):
    with pytest.raises(KeyError), place.open():
        raise KeyError

    assert place.files() == {}


def test_vanished_folder_is_one_plain_line(place):
    with place.open() as folder:
        place.lose()

        with pytest.raises(ReportNotWritten) as failure, folder.atomic_write("summary.json") as file:
            file.write(b"{}")

    assert str(failure.value).startswith(f"'{place.out}/r1/summary.json' could not be written (")
    assert failure.value.exit_code is ExitCode.INTERNAL


@pytest.mark.parametrize(
    ("key", "name"), [("", "r1"), ("/", "r1"), ("/hr", "hr/r1"), ("/hr/", "hr/r1"), ("/hr/q3/", "hr/q3/r1")]
)
def test_slash_at_the_end_makes_no_difference_in_s3(prefix, key, name):
    with open_folder(f"{prefix.bucket.uri}{key}", "r1", lambda: prefix.bucket.client) as folder:
        with folder.atomic_write("summary.json"):
            pass

        assert folder.name == f"{prefix.bucket.uri}/{name}"
    assert prefix.bucket.list() == [f"{name}/summary.json"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("reconciliation.csv", "text/csv; charset=utf-8"),
        ("summary.json", "application/json"),
        ("plan", "application/octet-stream"),
    ],
)
def test_report_in_s3_has_the_content_type_for_browsers(prefix, name, kind):
    with prefix.open() as folder, folder.atomic_write(name):
        pass

    assert prefix.bucket.about(f"hr/reports/r1/{name}")["ContentType"] == kind


@pytest.mark.parametrize("size", [2, 20 * 2**20])
def test_reports_in_s3_are_encrypted(prefix, size):
    """The encryption does not depend on the number of parts."""
    with prefix.open() as folder, folder.atomic_write("summary.json") as file:
        file.write(bytes(size))

    assert prefix.bucket.about("hr/reports/r1/summary.json")["ServerSideEncryption"] == "AES256"


@pytest.fixture
def answers():
    """Return a client of S3 with prepared answers."""
    client = open_s3(Access(region=REGION, access_key="anyone", secret_key="anything"))  # noqa: S106 - not one
    with closing(client), Stubber(client) as stubber:
        yield stubber


PROBED = {"Bucket": "reports-of-hr", "Key": "r1/.probe"}


def test_bucket_that_encrypts_by_itself_is_left_to_it(answers):
    """The owner may have a key for the bucket, and asking for AES256 would override it."""
    begun = {"UploadId": "1", "ServerSideEncryption": "aws:kms"}
    answers.add_response("create_multipart_upload", begun, PROBED)
    answers.add_response("abort_multipart_upload", {}, PROBED | {"UploadId": "1"})

    with open_folder("s3://reports-of-hr", "r1", lambda: answers.client) as folder:
        assert not folder.asks


def test_bucket_that_wants_to_be_asked_is_asked(answers):
    """The bucket's policy refuses every upload that does not name AES256."""
    answers.add_client_error("create_multipart_upload", "AccessDenied", http_status_code=403, expected_params=PROBED)
    answers.add_response("create_multipart_upload", {"UploadId": "2"}, PROBED | {"ServerSideEncryption": "AES256"})
    answers.add_response("abort_multipart_upload", {}, PROBED | {"UploadId": "2"})

    with open_folder("s3://reports-of-hr", "r1", lambda: answers.client) as folder:
        assert folder.asks


def test_bucket_that_cannot_encrypt_is_refused(answers):
    """Some servers of S3's protocol cannot encrypt."""
    answers.add_response("create_multipart_upload", {"UploadId": "1"}, PROBED)
    answers.add_response("abort_multipart_upload", {}, PROBED | {"UploadId": "1"})
    answers.add_client_error("create_multipart_upload", "NotImplemented", http_status_code=501)

    with (
        pytest.raises(ConfigurationError, match="501 NotImplemented"),
        open_folder("s3://reports-of-hr", "r1", lambda: answers.client),
    ):
        pass


def test_proof_leaves_no_unfinished_upload(prefix):
    """Unfinished uploads would be invisible and cost their owner money."""
    with prefix.open():
        pass

    assert "Uploads" not in prefix.bucket.client.list_multipart_uploads(Bucket=prefix.bucket.name)


def test_upload_that_fails_leaves_nothing(prefix):
    """An hour later S3 does not accept the credentials any more."""
    refused = pytest.raises(ReportNotWritten, match="AWS does not know the credentials")

    with prefix.open() as folder, enable_iam_authentication(), refused, folder.atomic_write("a.csv") as file:
        file.write(bytes(20 * 2**20))

    assert prefix.files() == {}


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("s3://no-such-bucket-here/hr", "there is no such bucket"),
        ("s3://No such bucket!", "a bucket or object cannot be called that"),
        ("s3://", "write s3://bucket/key"),
    ],
)
def test_bucket_that_cannot_be_written_to_is_refused(service, out, why):
    with pytest.raises(ConfigurationError) as refusal, open_folder(out, "r1", lambda: service):
        pass

    assert str(refusal.value) == f"Reports cannot be written to {out!r} ({why}); name another folder with --out."


def test_bucket_that_forbids_writing_is_refused(prefix):
    with (
        enable_iam_authentication(),
        pytest.raises(ConfigurationError, match=r"403 .* --out") as refusal,
        prefix.open(),
    ):
        pass

    assert refusal.value.exit_code is ExitCode.USAGE
