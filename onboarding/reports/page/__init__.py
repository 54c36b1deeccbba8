"""The page ``report.html``, which shows one run in a browser."""
