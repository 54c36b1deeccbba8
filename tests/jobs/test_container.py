"""The image of ``.docker/Dockerfile``: it runs as any user, and writes to its volume and ``/tmp`` alone."""

import pytest
from images import STATE, Image, built_image

EXPORT = "Employee ID,Name,Work Email\n1,Ana Ruiz,ana.ruiz@example.com\n2,Bo Li,bo.li@example.com\n"
NIGHT = f'exports = ["{STATE}/staff.csv"]\nsandbox = true\n'

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    with built_image(tmp_path_factory.mktemp("image", numbered=True)) as image:
        yield image


def last_night(image: Image) -> dict[str, str]:
    """Put an export and settings into the volume, and return the variable that names the settings."""
    (image.state / "staff.csv").write_text(EXPORT, encoding="utf-8")
    (image.state / "night.toml").write_text(NIGHT, encoding="utf-8")
    image.for_user(image.user)
    return {"ONBOARD_CONFIG": f"{STATE}/night.toml"}


# One test, since each needs the image, whose building takes minutes.
def test_image_runs_as_any_user_on_a_root_that_cannot_be_written(image):
    stranger = image.for_user("54321:0")
    variables = last_night(stranger)

    first = stranger.run("run", **variables)
    again = stranger.run("nightly", f"{STATE}/night.toml")
    success = stranger.run("runs", "--last-success-within", "1h", **variables)

    assert (first.returncode, first.stderr.count("Traceback")) == (0, 0), first.stderr
    assert "2 people invited" in first.stdout
    assert (again.returncode, again.stdout) == (0, ""), again.stderr
    assert success.returncode == 0, success.stderr
    assert stranger.shell("touch /opt/here /etc/here").returncode != 0
    assert stranger.shell("touch /tmp/here").returncode == 0
    assert (stranger.state / "sandbox" / "ledger.sqlite3").exists()
