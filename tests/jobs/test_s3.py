"""A run whose exports lie in S3 and whose reports go there."""

import csv
import io
import json
from pathlib import Path

import pytest
from buckets import REGION, Bucket, new_bucket, serve_s3
from pyarrow import csv as csv_reader
from pyarrow import parquet
from workspace import account_flags, finish

import onboarding

SAMPLES = Path(__file__).parent.parent.parent / "sample_data"
PEOPLE = "Employee ID,Name,Work Email\n1,Ana,ana@example.com\n2,Ben,ben@example.com\n"


@pytest.fixture(scope="module")
def service():
    """Serve S3."""
    with serve_s3() as client:
        yield client


@pytest.fixture
def bucket(service) -> Bucket:
    return new_bucket(service)


@pytest.fixture
def aws(service) -> dict[str, str]:
    """Return the variables by which any boto3 program finds the service."""
    return {"AWS_ENDPOINT_URL_S3": service.meta.endpoint_url, "AWS_REGION": REGION}


def test_run_reads_from_s3_and_reports_there(workspace, bucket, aws):
    """In a process of its own, as its user runs it."""
    export = bucket.put("exports/staff.csv", PEOPLE)
    flags = ["--sandbox", "--json", "--out", f"{bucket.uri}/reports"]

    done = finish(workspace.start("run", f"{bucket.uri}/exports/", *flags, **aws))

    summary = json.loads(done.out)
    folder = summary["folder"].removeprefix(f"{bucket.uri}/")
    lines = list(csv.DictReader(io.StringIO(bucket.get(f"{folder}/reconciliation.csv").decode())))
    assert done.code == 0
    assert [(line["source"], line["row"], line["disposition"]) for line in lines] == [
        (export, "2", "invited"),
        (export, "3", "invited"),
    ]
    assert bucket.get(f"{folder}/summary.json").decode() == done.out
    assert (summary["inputs"][0]["source"], summary["inputs"][0]["size"]) == (export, len(PEOPLE))
    names = ("not_in_exports.csv", "reconciliation.csv", "report.html", "summary.json")
    reports = [f"{folder}/{name}" for name in names]
    assert bucket.list() == ["exports/staff.csv", *reports]


def test_place_of_the_report_is_told(workspace, bucket, aws):
    """So that it can be copied to the next command."""
    export = bucket.put("staff.csv", PEOPLE)

    done = workspace.onboard("run", export, "--sandbox", "--out", bucket.uri, **aws)

    (key,) = [key for key in bucket.list() if key.endswith("/reconciliation.csv")]
    assert f": {bucket.uri}/{key}\n" in done.out


def test_python_program_gets_the_rows_of_a_report_in_s3(workspace, bucket, aws):
    export = bucket.put("staff.csv", PEOPLE)
    with workspace.entered(aws):
        summary = onboarding.run(export, sandbox=True, out=f"{bucket.uri}/reports")

        rows = summary.rows()

    assert rows[["email", "disposition"]].to_numpy().tolist() == [
        ["ana@example.com", "invited"],
        ["ben@example.com", "invited"],
    ]
    assert summary.paths["reconciliation.csv"].removeprefix(f"{bucket.uri}/") in bucket.list()


def test_samples_are_read_the_same_from_s3(workspace, bucket, aws, soak):
    """Every row has the fate that it has from a disk. By default one sample of each format is read."""
    samples = sorted(SAMPLES.iterdir())
    (workspace.folder / "hr").mkdir()
    for path in samples if soak else {path.suffix: path for path in samples}.values():
        content = path.read_bytes()
        workspace.write(f"hr/{path.name}", content)
        bucket.put(f"hr/{path.name}", content)

    here = workspace.onboard("plan", "hr", "--sandbox", "--json")
    there = workspace.onboard("plan", f"{bucket.uri}/hr/", "--sandbox", "--json", **aws)

    rows, far_rows = (json.loads(done.out)["counts_by_source"] for done in (here, there))
    assert far_rows == {f"{bucket.uri}/hr/{Path(source).name}": counts for source, counts in rows.items()}


def test_parquet_is_read_from_s3(workspace, bucket, aws):
    """Its reader must seek; the column names are row 1."""
    people = io.BytesIO()
    parquet.write_table(csv_reader.read_csv(io.BytesIO(PEOPLE.encode())), people)
    export = bucket.put("staff.parquet", people.getvalue())

    workspace.onboard("run", export, "--sandbox", **aws)

    assert [(line["row"], line["employee_id"], line["disposition"]) for line in workspace.report()] == [
        ("2", "1", "invited"),
        ("3", "2", "invited"),
    ]


@pytest.mark.parametrize(
    ("location", "code", "line"),
    [
        ("s3://no-such-bucket-here/", 4, "onboard: s3://no-such-bucket-here/: there is no such bucket"),
        ("{bucket}/none.csv", 4, "onboard: {bucket}/none.csv: there is no such object; a folder's name ends with /"),
    ],
)
def test_export_that_is_not_there_ends_the_run_before_it_begins(workspace, bucket, aws, location, code, line):
    done = workspace.onboard("run", location.format(bucket=bucket.uri), "--sandbox", **aws)

    assert done.code == code
    assert done.messages == [line.format(bucket=bucket.uri)]
    assert workspace.runs() == []


def test_export_that_nobody_may_read_ends_with_its_own_code(workspace, aws):
    """Without credentials there is no access."""
    keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

    done = workspace.onboard("run", "s3://bucket/staff.csv", "--sandbox", **aws, **keys)

    assert done.code == 7
    (line,) = done.messages
    assert line.startswith("onboard: s3://bucket/staff.csv: there are no usable AWS credentials")


def test_place_that_takes_no_reports_is_refused_before_anything_is_sent(workspace, sandbox, aws):
    out = "s3://no-such-bucket-here/reports"

    done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox), "--out", out, **aws)

    assert done.code == 2
    assert done.messages == [
        f"onboard: Reports cannot be written to '{out}' (there is no such bucket); name another folder with --out."
    ]
    assert sandbox.counts().mails == 0


def test_chimes_endpoint_is_not_s3s(workspace, sandbox, bucket, aws):
    """``--endpoint-url`` is where people are invited."""
    export = bucket.put("staff.csv", PEOPLE)

    done = workspace.onboard("run", export, *account_flags(sandbox), "--region", REGION, **aws)

    assert done.code == 0
    assert sandbox.counts().mails == 2
