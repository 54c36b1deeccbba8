"""The models of answers fit the service models of botocore, so that a newer botocore with other answers fails here."""

from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from pydantic import BaseModel, ConfigDict

from onboarding.destinations import answer_models as models

SERVICES = {name: ServiceModel(Loader().load_service_model(name, "service-2")) for name in ("chime", "wickr")}
SHAPES = {
    models.AccountAnswer: ("chime", "GetAccountResponse"),
    models.AccountEntry: ("chime", "Account"),
    models.InvitesAnswer: ("chime", "InviteUsersResponse"),
    models.InvitedAddress: ("chime", "Invite"),
    models.InviteEntry: ("chime", "Invite"),
    models.ChimeUsersAnswer: ("chime", "ListUsersResponse"),
    models.ChimeUser: ("chime", "User"),
    models.NetworkAnswer: ("wickr", "GetNetworkResponse"),
    models.GroupsAnswer: ("wickr", "ListSecurityGroupsResponse"),
    models.GroupEntry: ("wickr", "SecurityGroup"),
    models.CreatedAnswer: ("wickr", "BatchCreateUserResponse"),
    models.CreatedUsername: ("wickr", "User"),
    models.CreatedUser: ("wickr", "User"),
    models.FailedUser: ("wickr", "BatchUserErrorResponseItem"),
    models.WickrUsersAnswer: ("wickr", "ListUsersResponse"),
    models.WickrUser: ("wickr", "User"),
}
TYPES = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "list": list,
    "structure": (dict, BaseModel),
    "timestamp": models.datetime,
}


def shape_of(model) -> Shape:
    service, name = SHAPES[model]
    return SERVICES[service].shape_for(name)


def plain_types(annotation) -> set[object]:
    """Return the classes and literals in the type of a field, without its limits."""
    origin = get_origin(annotation)
    if origin in {Annotated, list, dict}:
        return plain_types(get_args(annotation)[0]) if origin is Annotated else {origin}
    if origin is Literal:
        return {type(value) for value in get_args(annotation)}
    if args := get_args(annotation):
        return set.union(*map(plain_types, args)) - {NoneType}
    return {annotation}


def test_each_model_has_its_shape():
    defined = {value for value in vars(models).values() if isinstance(value, type) and issubclass(value, BaseModel)}

    assert defined - {BaseModel, models.ChimeModel, models.WickrModel} == SHAPES.keys()


@pytest.mark.parametrize("model", SHAPES)
def test_fields_of_a_model_are_members_of_its_shape_with_their_types(model):
    members = shape_of(model).members

    for field in model.model_fields.values():
        expected = TYPES[members[field.alias].type_name]
        assert all(issubclass(found, expected) for found in plain_types(field.annotation)), field.alias


@pytest.mark.parametrize("model", SHAPES)
def test_members_that_the_service_model_requires_are_required(model):
    required = {field.alias for field in model.model_fields.values() if field.is_required()}

    assert required >= set(shape_of(model).required_members)


def test_statuses_of_an_invite_are_those_of_the_service_model():
    members = shape_of(models.InviteEntry).members
    fields = models.InviteEntry.model_fields

    assert set(get_args(fields["status"].annotation)) == set(members["Status"].enum)
    assert set(get_args(fields["email_status"].annotation)) == set(members["EmailStatus"].enum)


@pytest.mark.parametrize("base", [models.ChimeModel, models.WickrModel])
def test_models_are_strict(base: type[BaseModel]):
    config: ConfigDict = base.model_config

    assert config["strict"]
    assert config["frozen"]
