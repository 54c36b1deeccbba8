"""Where do rows come from?"""

from onboarding.exports.export import Export, Facts, open_exports
from onboarding.exports.layout.columns import Role
from onboarding.exports.lists import read_lists
from onboarding.exports.route_table import read_routes
from onboarding.exports.sources.locations import digests
from onboarding.exports.text.cuts import Sight, Span

__all__ = ["Export", "Facts", "Role", "Sight", "Span", "digests", "open_exports", "read_lists", "read_routes"]
