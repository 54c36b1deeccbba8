"""Find each row's address and its key (the address without letter case), and reject or hold rows with bad addresses.

The package rejects a row without a usable address. It holds a row with a suspicious address, until a person has looked
at the row.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
