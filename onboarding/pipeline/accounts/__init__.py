"""Runs to many accounts: each account gets a share of the rows, which a worker sends.

Read ``run`` first. ``shares`` divides the rows among the accounts, ``senders`` has workers do their work for all
accounts, ``worker`` is the work for one account, ``from_ledger`` reports accounts that no worker could finish, and
``closing`` brings the reports of all accounts together.
"""
