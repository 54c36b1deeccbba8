"""Find each row's address and key, reject rows without a usable address, and hold rows with a suspicious address.

A suspicious address is usable, but a person has to look at the row before a run sends an invite to the address.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
