"""The image of the Dockerfile for tests: podman builds it on a Debian that mmdebstrap makes, and a mount runs it.

No registry of images is needed. Podman cannot start a container on every build server, since that needs the cgroups of
a whole machine. So ``Image.run`` does what a container engine does, with the system calls that such servers allow.
"""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = ROOT / ".docker" / "Dockerfile"
BASE = "docker.io/library/debian:trixie-slim"
STATE = "/var/lib/onboarding"
TOOLS = ("mmdebstrap", "podman", "setpriv", "unshare")
OWN_CERTIFICATES = Path("/usr/local/share/ca-certificates")
"""The certificates of a build server that reaches package indexes through a proxy. The base must have them too."""


@dataclass(frozen=True)
class Image:
    """An image that is mounted at ``root`` and cannot be written, and the folder ``state`` for its volume.

    ``config`` is the image's configuration as Docker names its parts. ``user`` is the user and the group of a process.
    """

    root: Path
    state: Path
    config: Mapping[str, object]
    user: str

    def for_user(self, user: str) -> "Image":
        """Return the same image for another user and group (``54321:0``), who owns the volume from now on."""
        subprocess.run(["chown", "--recursive", user, self.state], check=True)
        return replace(self, user=user)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the image's program with arguments, as ``docker run --read-only --tmpfs /tmp --volume …`` does."""
        return self._run([*self.config["Entrypoint"], *arguments], variables)

    def healthcheck(self) -> int:
        """Run the health check of the image, and return its exit code."""
        _, *command = self.config["Healthcheck"]["Test"]
        return self._run(command, {}).returncode

    def shell(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the shell in a container of the image."""
        return self._run(["/bin/sh", "-c", script], {})

    def _run(self, command: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        environment = [*self.config["Env"], *(f"{name}={value}" for name, value in variables.items())]
        uid, gid = self.user.split(":")
        inside = [
            "/usr/bin/env",
            "--ignore-environment",
            f"--chdir={self.config['WorkingDir']}",
            *environment,
            *command,
        ]
        start = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
        # Only chroot needs a right, so it comes first, and the user of the container last.
        volume = shlex.quote(str(self.state))
        mounts = f"""
            set -e
            cd {self.root}
            mount -t tmpfs -o mode=1777 tmpfs tmp
            mount --bind {volume} .{STATE}
            mount -t proc proc proc
            mount --bind /dev dev
            exec chroot . {shlex.join([*start, *inside])}"""
        isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", mounts]
        return subprocess.run(isolated, capture_output=True, text=True, check=False, timeout=300)


@contextmanager
def built_image(folder: Path) -> Iterator[Image]:
    """Build the image in an empty folder, and mount it while the block runs. Skip where that is not possible.

    A build server has all tools, so nothing is skipped there.
    """
    _check_tools()
    # Podman takes no path of more than 50 characters here, and the folder of a test has more.
    with tempfile.TemporaryDirectory(prefix="podman-", dir="/tmp") as running:
        yield from _built(folder, _podman(folder, running))


def _built(folder: Path, podman: Sequence[str]) -> Iterator[Image]:
    base = folder / "base.tar"
    hook = (
        [f"--customize-hook=copy-in {OWN_CERTIFICATES} {OWN_CERTIFICATES.parent}"] if OWN_CERTIFICATES.is_dir() else []
    )
    _call(["mmdebstrap", "--quiet", "--variant=minbase", *hook, "trixie", str(base)])
    _call([*podman, "import", "--quiet", str(base), BASE])
    base.unlink()
    build = ["build", "--isolation=chroot", "--network=host", "--layers=false", "--format=docker", "--tag=onboarding"]
    _call([*podman, *build, f"--file={DOCKERFILE}", str(ROOT)])
    (found,) = json.loads(_call([*podman, "image", "inspect", "onboarding"]))
    config = found["Config"] | {"Healthcheck": found["Healthcheck"]}
    state = folder / "state"
    state.mkdir()
    root = Path(_call([*podman, "image", "mount", "onboarding"]).strip())
    try:
        yield Image(root, state, config, config["User"]).for_user(config["User"])
    finally:
        _call([*podman, "image", "unmount", "--all"])


def _check_tools() -> None:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if os.geteuid() == 0 and not missing:
        return
    reason = (
        f"An image is built here by root only, with {', '.join(TOOLS)} (Debian: apt-get install mmdebstrap podman)."
    )
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _podman(folder: Path, running: str) -> Sequence[str]:
    return ["podman", "--storage-driver=overlay", f"--root={folder / 'images'}", f"--runroot={running}"]


def _call(command: Sequence[str]) -> str:
    """Return what a command prints. Fail with the end of its errors if the command fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1_500)
    if done.returncode:
        pytest.fail(
            f"{shlex.join(command)} ended with {done.returncode}:\n{done.stderr[-3_000:]}{done.stdout[-1_000:]}"
        )
    return done.stdout
