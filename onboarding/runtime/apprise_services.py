"""The services of the library apprise, such as e-mail: check their URLs, and send a message to a service.

The extra ``notify`` installs apprise (https://github.com/caronc/apprise). apprise needs a second to load its plugins,
so this module imports apprise only when a receiver needs it. The URLs of services contain passwords and addresses.
apprise logs these URLs, and the libraries of apprise log whole requests. So this module silences the loggers of apprise
and these libraries, and its errors quote no text of apprise.
"""

import logging
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import Apprise

SILENT = logging.CRITICAL + 1
LOUD = ("apprise", "oauthlib", "requests", "requests_oauthlib")


class NotDelivered(Exception):
    """A service of apprise did not accept a message.

    The error contains no text, since the text of apprise may contain a secret.
    """


def knows_service(url: str) -> bool:
    """Say whether apprise knows the service of a URL, and whether the URL is complete for this service."""
    return len(_services(url)) == 1


def send_to_service(url: str, *, title: str, body: str) -> None:
    """Send a message of plain text to the service of a URL.

    Raises ``NotDelivered`` if the service does not accept the message.
    """
    is_delivered = False
    with suppress(Exception):  # the text of any error may contain the secret
        is_delivered = bool(_services(url).notify(title=title, body=body, body_format="text"))
    if not is_delivered:
        raise NotDelivered


def _services(url: str) -> "Apprise":
    """Return an object of apprise with the service of a URL, or without a service if apprise does not know the URL."""
    for name in LOUD:
        logging.getLogger(name).setLevel(SILENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # apprise imports modules that Python deprecates
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - an extra, and slow to import

        # apprise stores nothing on the disk, and sends each message on the caller's thread. With a time limit, apprise
        # would use a pool of threads, and the process would not end before a slow service has answered.
        asset = AppriseAsset(app_id="onboard", storage_mode="memory", async_mode=False, service_timeout=0)
        services = Apprise(asset=asset)
        services.add(url)
    return services
