"""The pipeline: what happens in one run.

Read the modules in this order:

1. ``run``: the one path, whose steps are the other modules.
2. ``job``: everything that a run works with.
3. ``own_exports``: files that a run makes for itself and reads with the named exports.
4. ``review``: people who are known are left out, and the guards are asked.
5. ``rounds``: open rows are sent, and doubts are settled.
6. ``closing``: reports, sums, exit code and the end on record.
7. ``saved_plan``: a plan that waits for approval.
8. ``history`` and ``past_reports``: runs that have ended.

``check`` says beforehand whether a run would work. ``accounts`` is a run to many accounts.
"""
