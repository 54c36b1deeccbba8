"""Messages reach the user where there is a stream for them, and never end a run."""

from contextlib import redirect_stderr, redirect_stdout

from onboarding.cli.output import print_message


def test_message_without_any_stream_is_no_error():
    """A process may be started with stdout and stderr closed."""
    with redirect_stdout(None), redirect_stderr(None):
        print_message("the run has ended")
