"""Recognise domains that give throw-away addresses, by the list in the library ``disposable-email-domains``."""


def is_disposable(domain: str) -> bool:
    """Say whether a domain, or a parent of it (``b.com`` for ``a.b.com``), is on the list of disposable domains."""
    from disposable_email_domains import blocklist  # noqa: PLC0415 - ten thousand domains

    while "." in domain:
        if domain in blocklist:
            return True
        domain = domain.partition(".")[2]
    return False
