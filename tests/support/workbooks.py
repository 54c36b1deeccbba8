"""Workbooks for tests, written by hand so that they can hold what no spreadsheet program writes."""

import io
import struct
import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

import xlwt
from openpyxl.utils import get_column_letter
from xlwt.CompoundDoc import XlsDoc

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>'
    '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's dates have no zone


def write_xlsx(path, sheets, *, hidden=(), parts=(), date_1904=False):
    """Write an .xlsx; ``sheets`` maps names to rows or to the XML of rows, ``parts`` replaces or adds parts by name."""
    book = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"'
        f' state="{"hidden" if name in hidden else "visible"}"/>'
        for number, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    flag = f'<workbookPr date1904="{int(date_1904)}"/>'
    members = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">{flag}<sheets>{book}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="strings" Type="{DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="styles" Type="{DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>shared</t></si></sst>',
        "xl/styles.xml": STYLES,
    }
    for number, rows in enumerate(sheets.values(), 1):
        xml = rows if isinstance(rows, str) else rows_xml(rows)
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{xml}</sheetData></worksheet>'
        )
    members.update(parts)
    return write_zip(path, members)


def write_zip(path, members):
    """Write an archive of parts by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def rows_xml(rows):
    """Return the XML of rows; a ``None`` is a cell that is not there."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = (_cell(f"{get_column_letter(at)}{number}", cell) for at, cell in enumerate(row, 1) if cell is not None)
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(lines)


def cell_xml(reference, text="x"):
    """Return the XML of a row with one cell of text."""
    row = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}">{_cell(reference, text)}</row>'


def _cell(reference, cell):
    match cell:
        case bool():
            return f'<c r="{reference}" t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f'<c r="{reference}"><v>{cell}</v></c>'
        case datetime():
            return f'<c r="{reference}" s="2"><v>{_serial(cell)}</v></c>'
        case date():
            return f'<c r="{reference}" s="1"><v>{_serial(datetime(cell.year, cell.month, cell.day))}</v></c>'  # noqa: DTZ001
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'


def _serial(moment):
    return (moment - EPOCH).total_seconds() / 86_400


def _content_types(sheets):
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {"workbook": "sheet.main", "sharedStrings": "sharedStrings", "styles": "styles"}
    parts.update({f"worksheets/sheet{number}": "worksheet" for number in range(1, sheets + 1)})
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{kind}.{what}+xml"/>' for name, what in parts.items()
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )


def write_ods(path, sheets, *, hidden=(), repeated=1):
    """Write an .ods; every row is repeated ``repeated`` times, as the format allows."""
    tables = "".join(
        f'<table:table table:name={quoteattr(name)} table:style-name="{"gone" if name in hidden else "shown"}">'
        f"{''.join(_ods_row(row, repeated) for row in rows)}</table:table>"
        for name, rows in sheets.items()
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{shown}"/>'
        "</style:style>"
        for name, shown in {"shown": "true", "gone": "false"}.items()
    )
    names = " ".join(f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text", "style"))
    content = (
        f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{OASIS}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return write_zip(path, {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_row(row, repeated):
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(_ods_cell, row))}</table:table-row>'


def _ods_cell(cell):
    match cell:
        case None:
            return "<table:table-cell/>"
        case bool():
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
        case int() | float():
            return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
        case date():
            return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    text = f"<text:p>{escape(cell)}</text:p>"
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def write_xls(path, sheets, *, hidden=()):
    """Write an .xls."""
    book = xlwt.Workbook()
    day, moment = (xlwt.easyxf(num_format_str=shape) for shape in ("YYYY-MM-DD", "YYYY-MM-DD HH:MM:SS"))
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        sheet.visibility = int(name in hidden)
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write(number, at, cell, moment if isinstance(cell, datetime) else day)
                elif cell is not None:
                    sheet.write(number, at, cell)
    book.save(path)
    return path


def write_encrypted_xlsx(path):
    """Write what Excel makes of an .xlsx with a password: a compound file with an encrypted package in it."""
    stream = io.BytesIO()
    XlsDoc().save(stream, b"\0" * 8192)
    before, after = (name.encode("utf-16-le") for name in ("Workbook", "EncryptedPackage"))
    entry = before.ljust(64, b"\0") + struct.pack("<H", len(before) + 2)
    renamed = after.ljust(64, b"\0") + struct.pack("<H", len(after) + 2)
    assert entry in stream.getvalue()
    path.write_bytes(stream.getvalue().replace(entry, renamed))
    return path


def write_encrypted_xls(path):
    """Write what Excel makes of an .xls with a password: a record that says so follows the first one."""
    book = xlwt.Workbook()
    book.add_sheet("Staff").write(0, 0, "Work Email")
    records = book.get_biff_data()
    first = 4 + int.from_bytes(records[2:4], "little")
    rc4 = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + bytes(48)
    stream = io.BytesIO()
    XlsDoc().save(stream, records[:first] + rc4 + records[first:])
    path.write_bytes(stream.getvalue())
    return path


def write_xlsb(path, name, rows):
    """Write an .xlsb with one sheet of texts and numbers."""
    cells = b"".join(
        _record(0, struct.pack("<I", number) + bytes(13))
        + b"".join(
            _record(6, struct.pack("<II", at, 0) + _wide(cell))
            if isinstance(cell, str)
            else _record(5, struct.pack("<IId", at, 0, cell))
            for at, cell in enumerate(row)
        )
        for number, row in enumerate(rows)
    )
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _record(129) + _record(148, size) + _record(145) + cells + _record(146) + _record(130)
    listed = _record(156, struct.pack("<II", 0, 1) + _wide("r1") + _wide(name))
    relations = (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return write_zip(
        path,
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "xl/_rels/workbook.bin.rels": relations,
            "xl/workbook.bin": _record(131) + _record(143) + listed + _record(144) + _record(132),
            "xl/worksheets/sheet1.bin": sheet,
        },
    )


def _record(kind, content=b""):
    number = bytes([kind]) if kind < 128 else bytes([kind, 1])
    assert len(content) < 128
    return number + bytes([len(content)]) + content


def _wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
