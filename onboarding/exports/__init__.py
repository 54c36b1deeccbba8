"""Where do rows come from?"""

from onboarding.exports.export import Export, Facts, open_exports
from onboarding.exports.lists import read_lists

__all__ = ["Export", "Facts", "open_exports", "read_lists"]
