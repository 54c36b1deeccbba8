"""The checks of ``onboard check``: whether a run would work, and what to do if it would not."""
