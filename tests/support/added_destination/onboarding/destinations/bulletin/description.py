"""The description of the bulletin boards, which is all that other code knows about them."""

from onboarding.model.destinations import DestinationDescription, DestinationSetting

DESTINATION = DestinationDescription(
    name="bulletin",
    title="Bulletin",
    full_title="Bulletin Boards",
    place="on a bulletin board",
    account=DestinationSetting(
        name="board",
        help="The bulletin board to invite people to.",
        sign="BOARD",
        pattern="[a-z]+(-[a-z]+)*",
        advice="write the board's name in small letters",
        example="all-staff",
        is_common=True,
    ),
    account_noun="bulletin board",
    account_question="Which bulletin board?",
    further=(
        DestinationSetting(
            name="shelf", help="Where invitations are pinned: hall or lift.", sign="WORD", words=("hall", "lift")
        ),
    ),
    takes_aws_credentials=False,
    most_in_request=2,
    sandbox_account="sandbox-board",
    adapter="onboarding.destinations.bulletin.boards:BULLETIN",
    simulation="onboarding.destinations.bulletin.simulation:SIMULATION",
)
