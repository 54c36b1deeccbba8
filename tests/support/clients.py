"""Clients of boto3 by which tests talk to a service without the job's own adapter."""

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
