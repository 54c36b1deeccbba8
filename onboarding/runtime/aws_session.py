"""Make sessions of botocore that look up their region in the same places as AWS's other SDKs.

The module ``aws_clients`` opens clients with these sessions.
"""

import os
from copy import copy
from functools import lru_cache

from botocore.configprovider import ConfigChainFactory, ConfiguredEndpointProvider
from botocore.exceptions import ProfileNotFound
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session

from onboarding.model.errors import ConfigurationError
from onboarding.model.mistyped import blaming, most_similar
from onboarding.runtime.service_models import data_loader

REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""The environment variables for the region, the most important first, as in all other SDKs of AWS."""


def region_in_environment() -> str | None:
    """Return the region in the environment, or None if the environment names no region."""
    return next(filter(None, map(os.environ.get, REGION_VARIABLES)), None)


def check_region(name: str) -> None:
    """Raise ``ConfigurationError`` if AWS has no region of this name. An empty name means no region, and is allowed.

    The function knows the regions of the installed botocore, in all partitions of AWS. AWS may have newer regions.
    """
    partitions = data_loader(None).load_data("partitions")["partitions"]
    known = [region for partition in partitions for region in partition["regions"]]
    if not name or name in known:
        return
    meant = most_similar(name, known)
    question = f"did you mean {meant}? If the region is new" if meant else "if it is new"
    message = f"--region: {name!r} is no region of AWS that is known here; {question}, write it into the file yourself."
    raise blaming(ConfigurationError(message), name, meant)


def profile_in_environment() -> str | None:
    """Return the AWS profile in the environment, or None if the environment names no profile."""
    named: str | None = _new_session().get_config_variable("profile")
    return named or None


def configured_endpoint(service: str, profile: str | None = None) -> str | None:
    """Return the URL of a service's endpoint from the environment or a profile, or None if neither names a URL.

    ``service`` is botocore's name for the service. The function opens no client. The result is also None for a profile
    that does not exist.
    """
    session = aws_session(profile)
    try:
        scoped = session.get_scoped_config()
    except ProfileNotFound:
        scoped = {}
    provider = ConfiguredEndpointProvider(session.full_config, scoped, client_name=service)
    found: str | None = provider.provide()
    return found


def aws_session(profile: str | None = None) -> Session:
    """Return a session of botocore for a profile. The session looks up its region as AWS's other SDKs do.

    botocore itself ignores ``AWS_REGION``, and takes an empty variable for a region.
    """
    session = _new_session()
    if profile:
        session.set_config_variable("profile", profile)
    environ = {name: value for name in REGION_VARIABLES if (value := os.environ.get(name))}
    chain = ConfigChainFactory(session, environ).create_config_chain(
        instance_name="region", env_var_names=list(REGION_VARIABLES), config_property_names="region"
    )
    session.get_component("config_store").set_config_provider("region", chain)
    session.register_component("data_loader", data_loader(session.get_config_variable("data_path")))
    return session


def usual_handlers() -> HierarchicalEmitter:
    """Return the handlers that botocore gives to each session for its events.

    A process may use a session for each account. To register these handlers takes longer than all other work on a
    session. So the function registers the handlers once, and each session gets a copy. If a library such as moto adds a
    handler to botocore's list, the function registers all handlers again.
    """
    return _registered(tuple(BUILTIN_HANDLERS))


@lru_cache(maxsize=1)
def _registered(_handlers: tuple[object, ...]) -> HierarchicalEmitter:
    emitter = HierarchicalEmitter()
    Session(event_hooks=emitter)
    return emitter


def _new_session() -> Session:
    return Session(event_hooks=copy(usual_handlers()), include_builtin_handlers=False)
