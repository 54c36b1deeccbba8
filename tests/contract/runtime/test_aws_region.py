"""The region in which clients ask, as the SDKs of AWS and the AWS CLI find it in the environment and in profiles."""

from contextlib import closing

import pytest
from environments import with_aws_endpoint

from onboarding.destinations.wickr.network import open_wickr
from onboarding.pipeline.check.findings import Check, ok, warn
from onboarding.pipeline.check.service import check_region
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import open_s3, open_secrets_manager, open_sns
from onboarding.settings.loading import load_settings
from onboarding.settings.settings import Settings

OPENERS = {"s3": open_s3, "secretsmanager": open_secrets_manager, "sns": open_sns, "wickr": open_wickr}
BOTH = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}
PROFILE = "[default]\nregion = ap-south-1\n[profile hr]\nregion = sa-east-1\n"


@pytest.fixture
def environment(monkeypatch, tmp_path):
    (tmp_path / "config").write_text(PROFILE)
    return with_aws_endpoint(monkeypatch, tmp_path, "chime", "http://127.0.0.1:1")


@pytest.mark.parametrize("service", OPENERS)
@pytest.mark.parametrize(
    ("variables", "access", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, Access(), "eu-west-1"),
        (BOTH, Access(), "eu-west-1"),
        (BOTH, Access(profile="hr"), "eu-west-1"),
        (BOTH, Access(region="eu-central-1"), "eu-central-1"),
        ({**BOTH, "AWS_REGION": ""}, Access(), "us-west-2"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, Access(), "ap-south-1"),
        ({}, Access(), "ap-south-1"),
        ({}, Access(profile="hr"), "sa-east-1"),
    ],
)
def test_clients_find_their_region_as_the_aws_cli_does(environment, service, variables, access, region):
    for name, value in variables.items():
        environment.setenv(name, value)

    with closing(OPENERS[service](access)) as client:
        assert client.meta.region_name == region


def test_check_names_the_region_that_clients_find(environment):
    environment.setenv("AWS_REGION", "eu-west-1")

    found = check_region(Settings(out="s3://bucket/reports"))

    assert found == (ok(Check.REGION, "eu-west-1, by the AWS configuration"),)


def test_region_of_the_settings_comes_before_the_variables_of_aws(environment, tmp_path):
    environment.setenv("AWS_REGION", "eu-west-1")
    (tmp_path / "job.toml").write_text('region = "eu-central-1"\nout = "s3://bucket/reports"\n')
    by_file = load_settings({}, config=tmp_path / "job.toml")
    by_flag = load_settings({"region": "us-west-2"}, config=tmp_path / "job.toml")

    assert check_region(by_file) == (ok(Check.REGION, "eu-central-1"),)
    assert check_region(by_flag) == (ok(Check.REGION, "us-west-2"),)


@pytest.mark.usefixtures("environment")
def test_check_names_the_variable_that_is_read_first(tmp_path):
    (tmp_path / "config").unlink()

    found = check_region(Settings(out="s3://bucket/reports"))

    assert found == (warn(Check.REGION, "no region is named for S3", "name the bucket's with --region or AWS_REGION"),)
