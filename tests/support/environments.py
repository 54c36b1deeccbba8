"""Environments without this machine's own settings, and the line about a mistake in the settings."""

import os
from pathlib import Path

import pytest

from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.settings.config_file import ConfigFile
from onboarding.settings.loading import load_settings
from onboarding.settings.options import PREFIX


def without_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> pytest.MonkeyPatch:
    """Remove all settings of the job from the environment, and give it a state folder of its own."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    return monkeypatch


def with_aws_endpoint(monkeypatch: pytest.MonkeyPatch, folder: Path, service: str, endpoint: str) -> pytest.MonkeyPatch:
    """Remove this machine's own AWS settings, and name the endpoint of a service as for any boto3 program."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", endpoint)
    return monkeypatch


def mistake(flags: dict[str, object] | None = None, path: ConfigFile | Path | None = None) -> str:
    """Return the line about a mistake in these settings."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(flags or {}, config=path)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "\n" not in str(caught.value)
    return str(caught.value)
