"""Runs to many accounts: each account gets a share of the rows and a run of its own, and Dask workers send the shares.

Read ``run`` first. It is the whole run, from the exports to the report. ``shares`` divides the rows among the accounts.
``senders`` has workers do the work for all accounts, and reports the accounts that no worker could finish. ``worker``
is the work for one account. ``closing`` has the parts of the report, the manifest, the sums and the exit code.
"""
