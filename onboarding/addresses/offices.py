"""The local parts of addresses that belong to an office instead of a person, such as ``info@``, in four languages."""

import re

from onboarding.addresses.odd_cells import CASE_INSENSITIVE

_OFFICES = """
    accounting accounts admin administrator billing careers contact do-not-reply donotreply enquiries facilities
    feedback finance frontdesk hello help helpdesk hr humanresources it jobs legal mail mailbox no-reply noreply office
    orders payroll personnel press privacy purchasing reception recruiting recruitment root service servicedesk team
    training
    bewerbung bewerbungen buchhaltung datenschutz einkauf empfang karriere kontakt kundenservice personal
    personalabteilung poststelle rechnung rechnungen sekretariat vertrieb verwaltung zentrale
    accueil achats comptabilite comptabilité direction facturation formation ne-pas-repondre nepasrepondre paie
    recrutement rh secretariat ventes
    administracion administración atencionalcliente compras contabilidad contacto empleo facturacion facturación
    no-responder nominas nóminas noresponder recepcion recepción recursoshumanos rrhh secretaria soporte
"""
ROLES = frozenset((*CASE_INSENSITIVE, *_OFFICES.split()))
"""Local parts of addresses that belong to an office.

These local parts are the mailboxes of RFC 2142, and the names of offices that companies list in English, German, French
and Spanish.
"""

OFFICE_ADDRESS = rf"^(?:{'|'.join(map(re.escape, sorted(ROLES)))})(?:\+[^@]*)?@"
"""The regular expression for the beginning of an office's address: one of the ``ROLES``, perhaps with a ``+tag``."""
