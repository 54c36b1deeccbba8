"""The loader of botocore's data, beside botocore's own."""

import json

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from onboarding.runtime.service_models import data_loader


@pytest.mark.parametrize("service", ["chime", "wickr", "s3", "sns", "secretsmanager"])
def test_data_of_a_service_is_that_of_botocores_own_loader(service, tmp_path):
    # A client of S3 changes the model in the loader of its sessions, so this test has a loader of its own.
    loader = data_loader(str(tmp_path))

    for kind in ("service-2", "endpoint-rule-set-1"):
        assert loader.load_service_model(service, kind) == Loader().load_service_model(service, kind)


def test_service_is_read_once_in_a_process():
    assert data_loader(None).load_service_model("chime", "service-2") is data_loader(None).load_service_model(
        "chime", "service-2"
    )


def test_unknown_service_is_refused_with_the_names_of_all_services():
    with pytest.raises(UnknownServiceError, match=r"nowhere.*chime.*wickr"):
        data_loader(None).load_service_model("nowhere", "service-2")


def test_service_of_a_folder_of_the_user_need_not_have_all_kinds_of_data(tmp_path):
    """A client asks for the rules of endpoints, and does without them if the service is unknown by that kind."""
    folder = tmp_path / "chorus" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps({"metadata": {"serviceId": "Chorus"}}))
    loader = data_loader(str(tmp_path))

    assert loader.load_service_model("chorus", "service-2") == {"metadata": {"serviceId": "Chorus"}}
    with pytest.raises(UnknownServiceError):
        loader.load_service_model("chorus", "endpoint-rule-set-1")
    assert "chorus" in [*loader.list_available_services("service-2")]
