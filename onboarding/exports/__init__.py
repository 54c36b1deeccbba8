"""Where do rows come from?"""

from onboarding.exports.columns import Role
from onboarding.exports.cuts import Sight, Span
from onboarding.exports.export import Export, Facts, open_exports
from onboarding.exports.lists import read_lists
from onboarding.exports.locations import digests
from onboarding.exports.route_table import read_routes

__all__ = ["Export", "Facts", "Role", "Sight", "Span", "digests", "open_exports", "read_lists", "read_routes"]
