"""Settings in files of their own, as containers and systemd hand over secrets."""

import pytest
from environments import mistake, without_settings

from onboarding.settings.invocation import this_invocation
from onboarding.settings.loading import load_settings, load_with_origins
from onboarding.settings.secret_files import LARGEST_SECRET_BYTES

SECRET = "swordfish"  # noqa: S105 - made up
LEDGER = f"postgresql://onboarding:{SECRET}@db.example/ledger"


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Give the test an environment without settings, and a state folder of its own."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return without_settings(monkeypatch, tmp_path)


@pytest.fixture
def secret(environment, tmp_path):
    """Write the file of the ledger's URL, and name it with the variable."""

    def write(content: bytes):
        path = tmp_path / "ledger url"
        path.write_bytes(content)
        environment.setenv("ONBOARD_LEDGER_FILE", str(path))
        return path

    return write


@pytest.fixture
def credential(environment, tmp_path):
    """Write a credential into the folder in which systemd puts those of a service."""

    def write(name: str, content: str = "any"):
        folder = tmp_path / "credentials"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(content)
        environment.setenv("CREDENTIALS_DIRECTORY", str(folder))

    return write


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_setting_may_be_in_a_file_that_a_variable_names(secret, end):
    secret(f"{LEDGER}{end}".encode())

    assert load_settings({}).ledger == LEDGER


def test_every_setting_may_be_in_a_file(environment, tmp_path):
    for name, text in {
        "one_file": "true",
        "notify": "https://a.example/x,https://b.example/y",
        "rate": "2.5\n",
    }.items():
        (tmp_path / name).write_text(text)
        environment.setenv(f"ONBOARD_{name.upper()}_FILE", str(tmp_path / name))
    environment.setenv("ONBOARD_ENGINE", "dask")
    environment.setenv("ONBOARD_ROUTES", "routes.csv")
    environment.setenv("ONBOARD_LEDGER", LEDGER)

    loaded = load_with_origins({})

    assert (loaded.settings.one_file, loaded.settings.rate, len(loaded.settings.notify)) == (True, 2.5, 2)
    assert loaded.origins["rate"] == "environment"


def test_flag_is_enough_and_its_file_is_not_read(secret):
    secret(b"").unlink()

    assert load_settings({"ledger": "sqlite:///a.db"}).ledger == "sqlite:///a.db"
    assert load_settings({}, names={"state_dir"}).ledger is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * (LARGEST_SECRET_BYTES + 1), "ONBOARD_LEDGER_FILE: no setting is larger than 64 KB."),
        (b"\xff", "ONBOARD_LEDGER_FILE: the file of this setting is not UTF-8 text."),
        (b"", "ONBOARD_LEDGER_FILE: write a text that is not empty, or leave it out."),
    ],
)
def test_hostile_file_is_refused_in_one_line(secret, content, said):
    secret(content)

    assert mistake() == said


@pytest.mark.parametrize("path", [LEDGER, "/dev/zero", "", ".", f"{SECRET}{'x' * 5000}"])
def test_path_that_is_no_file_is_refused_and_not_shown(environment, path):
    """An operator may write the secret itself into the variable by mistake, and must not find it in a log."""
    environment.setenv("ONBOARD_LEDGER_FILE", path)

    said = mistake()

    assert said.startswith("ONBOARD_LEDGER_FILE: the file of this setting cannot be read (")
    assert SECRET not in said + this_invocation("run", {}, [], None).again()


def test_two_variables_for_one_setting_are_refused(environment, secret):
    secret(LEDGER.encode())
    environment.setenv("onboard_ledger", "sqlite:///a.db")

    assert mistake() == "onboard_ledger and ONBOARD_LEDGER_FILE are both set; unset one of them."


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("ONBOARD_LEDGERS_FILE", "There is no setting for the variable ONBOARD_LEDGERS_FILE."),
        ("ONBOARD_STATUS_WORDS_FILE", "ONBOARD_STATUS_WORDS_FILE: write status_words in the file of settings; no "),
    ],
)
def test_file_for_no_setting_is_refused(environment, variable, said):
    environment.setenv(variable, "any")

    assert mistake().startswith(said)


def test_credentials_of_systemd_come_after_the_environment_and_before_the_file(environment, credential, tmp_path):
    (tmp_path / "job.toml").write_text('ledger = "sqlite:///file.db"\nregion = "file"\nout = "file"')
    environment.setenv("ONBOARD_REGION", "variable")
    for name, text in {"onboard_ledger": f"{LEDGER}\n", "onboard_region": "credential", "other": "x"}.items():
        credential(name, text)

    loaded = load_with_origins({}, config=tmp_path / "job.toml")

    assert (loaded.settings.ledger, loaded.settings.region) == (LEDGER, "variable")
    assert loaded.origins == {
        "ledger": "credentials",
        "region": "environment",
        "out": str(tmp_path / "job.toml"),
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("onboard_ledgr", "There is no setting for the credential onboard_ledgr. Did you mean 'ledger'?"),
        ("onboard_rate", "credential onboard_rate: write a number."),
        ("onboard_status_words", "credential onboard_status_words: write status_words in the file of settings; no "),
    ],
)
def test_wrong_credential_is_named(credential, name, said):
    credential(name, SECRET)

    assert mistake().startswith(said)


def test_missing_folder_of_credentials_is_said(environment, tmp_path):
    environment.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "gone"))

    assert mistake().startswith("CREDENTIALS_DIRECTORY: the folder of credentials cannot be read (No such file or ")


@pytest.mark.parametrize("variable", ["ONBOARD_LEDGER_FILE", "onboard_ledger_file"])
def test_next_command_names_the_file_of_the_ledger_again(environment, secret, variable):
    """Without the file, the command would use another ledger. Settings take a variable in either case."""
    path = secret(LEDGER.encode())
    environment.delenv("ONBOARD_LEDGER_FILE")
    environment.setenv(variable, str(path))

    assert load_settings({}).ledger == LEDGER
    assert f"{variable}='{path}' " in this_invocation("run", {}, ["a.csv"], None).resumed("R1")
