"""The description of Amazon Chime for the whole program. The module imports no slow library."""

from onboarding.model.destinations import ANY_ACCOUNT_PATTERN, DestinationDescription, DestinationSetting

TEAM_ACCOUNT = "sandbox-team"
"""The id of the sandbox's Chime account that accepts invites."""

DESTINATION = DestinationDescription(
    name="chime",
    title="Chime",
    full_title="Amazon Chime",
    place="at an endpoint that speaks Amazon Chime (the service ended in 2026)",
    account=DestinationSetting(
        name="account_id",
        help="The Chime Team account to invite people to.",
        sign="ID",
        pattern=ANY_ACCOUNT_PATTERN,
        advice="write the account's id alone, without spaces",
        example="0a1b2c3d-4e5f-6789-abcd-ef0123456789",
        is_common=True,
    ),
    account_noun="Chime Team account",
    account_question="Which Chime Team account?",
    further=(
        DestinationSetting(
            name="user_type",
            help="The type of the new users: PrivateUser or SharedDevice.",
            sign="WORD",
            words=("PrivateUser", "SharedDevice"),
        ),
    ),
    supports=frozenset({"reinvite_after"}),
    permissions=("chime:GetAccount", "chime:InviteUsers", "chime:ListUsers"),
    is_asked_for_members=True,
    is_default=True,
    ended_on="2026-02-20",
    sandbox_account=TEAM_ACCOUNT,
    adapter="onboarding.destinations.chime.account:CHIME",
    simulation="onboarding.destinations.chime.simulation:SIMULATION",
)
