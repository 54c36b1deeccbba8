"""``onboard check``: whether a run would work, and what to do where it would not."""
