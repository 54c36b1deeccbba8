"""The pipeline: the steps of a run to one account or to many, saved plans, past runs, and the check before a run.

Read the modules in this order:

1. ``run``: the path of a run to one account; the other modules are its steps.
2. ``record`` and ``job``: the record of a run from its first moment, and all things that a run uses.
3. ``carry_over`` and ``move_from``: files that a run makes for itself and reads with the named exports. ``deciding``:
   policy, routes and duplicates.
4. ``review``: leave out the people who are known, and ask the guards.
5. ``doubts`` and ``send``: settle doubts, and send the open rows.
6. ``closing`` and ``endings``: reports, sums, exit code, and the end of the run in the ledger.
7. ``saved_plan``: the file of a plan that waits for approval. ``plan_saving`` saves a plan, and ``plan_checks`` says
   whether a saved plan may still be sent.
8. ``history``, ``past_reports`` and ``purging``: list past runs, find the run to resume, report, hand off and purge.

``check`` says in advance whether a run would work. ``inspecting`` shows how a run would read its exports. ``accounts``
has the steps of a run to many accounts.
"""
