"""The page: ``report.html``, one run in a browser."""
