"""The access of a run to S3, as the run's settings say. This module loads neither pandas nor boto3."""

from contextlib import AbstractContextManager

from onboarding.runtime.aws import Access, LazyS3Client, lazy_s3_client
from onboarding.settings.settings import Settings


def s3_of(settings: Settings) -> AbstractContextManager[LazyS3Client]:
    """Return a context manager that gives the run's ``LazyS3Client``, and closes the client at the end of the block."""
    return lazy_s3_client(Access(profile=settings.profile, region=settings.region))
