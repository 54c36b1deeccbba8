"""Where do rows come from?"""

from onboarding.exports.export import Export, Facts, open_exports

__all__ = ["Export", "Facts", "open_exports"]
