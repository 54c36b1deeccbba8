"""Runs to many accounts: each account gets its share of the rows and its own run, and threads send the shares.

With ``--scheduler``, the workers of a Dask cluster send the shares instead. Read ``run`` first, which has the whole
run, from the exports to the report. ``shares`` divides the rows among the accounts. ``senders`` starts the work for all
accounts, and reports the accounts whose work failed. ``carriers`` has the threads or workers, and ``worker`` has the
work for one account. ``closing`` has the parts of the report, the manifest, the sums and the exit code.
"""
