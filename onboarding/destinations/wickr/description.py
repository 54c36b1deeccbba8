"""The description of AWS Wickr for the whole program. The module imports no slow library."""

from onboarding.model.destinations import DestinationDescription, DestinationSetting

WICKR_NETWORK = "10203040"
"""The id of the sandbox's Wickr network."""

DESTINATION = DestinationDescription(
    name="wickr",
    title="Wickr",
    full_title="AWS Wickr",
    place="in a network of AWS Wickr",
    account=DestinationSetting(
        name="network_id",
        help="The Wickr network to invite people to.",
        sign="ID",
        pattern="[0-9]{8}",
        advice="write the 8 digits of the network's id",
        example="10203040",
        is_common=True,
    ),
    account_noun="Wickr network",
    account_question="Which Wickr network? Its id has 8 digits; the AWS console shows it, under Wickr.",
    further=(
        DestinationSetting(
            name="security_group",
            help="The Wickr security group that people join. [default: the network's default group]",
            sign="ID",
            example="Everyone",
        ),
    ),
    supports=frozenset({"move_from", "reinvite_after", "security_group_column"}),
    permissions=(
        *("wickr:BatchCreateUser", "wickr:BatchReinviteUser", "wickr:GetNetwork", "wickr:ListSecurityGroups"),
        "wickr:ListUsers",
    ),
    is_in_regions=True,
    sandbox_account=WICKR_NETWORK,
    adapter="onboarding.destinations.wickr.network:WICKR",
    simulation="onboarding.destinations.wickr.simulation:SIMULATION",
)
