"""Find the address and key of each row, reject rows without a usable address, and hold rows with a suspicious one.

A suspicious address is usable, but a person has to look at the row before a run invites to the address.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
