"""The models of answers fit the service models of botocore, so that a newer botocore with other answers fails here."""

from datetime import datetime
from types import NoneType
from typing import Annotated, Literal, get_args, get_origin

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from pydantic import BaseModel, ConfigDict

from onboarding.destinations.chime import answer_models as chime
from onboarding.destinations.wickr import answer_models as wickr

SERVICES = {name: ServiceModel(Loader().load_service_model(name, "service-2")) for name in ("chime", "wickr")}
SHAPES = {
    chime.AccountAnswer: ("chime", "GetAccountResponse"),
    chime.AccountEntry: ("chime", "Account"),
    chime.InvitesAnswer: ("chime", "InviteUsersResponse"),
    chime.InvitedAddress: ("chime", "Invite"),
    chime.InviteEntry: ("chime", "Invite"),
    chime.ChimeUsersAnswer: ("chime", "ListUsersResponse"),
    chime.ChimeUser: ("chime", "User"),
    wickr.NetworkAnswer: ("wickr", "GetNetworkResponse"),
    wickr.GroupsAnswer: ("wickr", "ListSecurityGroupsResponse"),
    wickr.GroupEntry: ("wickr", "SecurityGroup"),
    wickr.CreatedAnswer: ("wickr", "BatchCreateUserResponse"),
    wickr.CreatedUsername: ("wickr", "User"),
    wickr.CreatedUser: ("wickr", "User"),
    wickr.FailedUser: ("wickr", "BatchUserErrorResponseItem"),
    wickr.ReinviteAnswer: ("wickr", "BatchReinviteUserResponse"),
    wickr.ReinvitedUser: ("wickr", "BatchUserSuccessResponseItem"),
    wickr.FailedReinvite: ("wickr", "BatchUserErrorResponseItem"),
    wickr.WickrUsersAnswer: ("wickr", "ListUsersResponse"),
    wickr.WickrUser: ("wickr", "User"),
}
TYPES = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "list": list,
    "structure": (dict, BaseModel),
    "timestamp": datetime,
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
    defined = {
        value
        for module in (chime, wickr)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel)
    }

    assert defined - {BaseModel, chime.ChimeModel, wickr.WickrModel, wickr.TwoLists} == SHAPES.keys()


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
    members = shape_of(chime.InviteEntry).members
    fields = chime.InviteEntry.model_fields

    assert set(get_args(fields["status"].annotation)) == set(members["Status"].enum)
    assert set(get_args(fields["email_status"].annotation)) == set(members["EmailStatus"].enum)


@pytest.mark.parametrize("base", [chime.ChimeModel, wickr.WickrModel])
def test_models_are_strict(base: type[BaseModel]):
    config: ConfigDict = base.model_config

    assert config["strict"]
    assert config["frozen"]
