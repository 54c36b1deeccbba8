"""Clients of boto3 by which tests talk to a service without the job's own adapter."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config

IMPATIENT_SECONDS = 3
"""How long a client waits for a silent service: longer than a busy machine takes to answer."""


def chime_client(url: str, **config: object) -> BaseClient:
    """Return a client of Amazon Chime at a URL that sends each request once; the sandbox takes any credentials."""
    return boto3.client(
        "chime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="anyone",
        aws_secret_access_key="anything",  # noqa: S106 - see above
        config=Config(**{"retries": {"total_max_attempts": 1}, "max_pool_connections": 32, **config}),
    )


AWS = Path(sys.executable).with_name("aws")


def aws_cli(
    home: Path, region: str, *, url: str, service: str, account: tuple[str, str]
) -> Callable[..., subprocess.CompletedProcess]:
    """Return a function that runs the real AWS CLI against a service at a URL, with no other settings.

    ``account`` is the flag of the account and its value. The function returns the finished process.
    """
    environment = {
        "AWS_ACCESS_KEY_ID": "anyone",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_DEFAULT_REGION": region,
        "AWS_MAX_ATTEMPTS": "1",
        "HOME": str(home),
        "NO_PROXY": "*",
        "PATH": str(AWS.parent),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [AWS, service, *arguments, "--endpoint-url", url, *account]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run
