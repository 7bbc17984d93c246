"""Reads the first sheet of an XLSX or ODS as what it is made of: a cell is a number only where the file says so.

`rows(path)` gives each row below the first as {title: value}; an empty cell is left out.
"""

import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def rows(path):
    with zipfile.ZipFile(path) as archive:
        table = list(xlsx(archive) if path.endswith(".xlsx") else ods(archive))
    titles, *others = table
    return [{titles[at]: value for at, value in row.items()} for row in others]


def xlsx(archive):
    texts = []
    if "xl/sharedStrings.xml" in archive.namelist():
        for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml")).iter(MAIN + "si"):
            texts.append("".join(part.text or "" for part in item.iter(MAIN + "t")))
    for row in ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml")).iter(MAIN + "row"):
        found = {}
        for cell in row.iter(MAIN + "c"):
            value, kind = cell.find(MAIN + "v"), cell.get("t", "n")
            if kind == "inlineStr":
                found[place(cell.get("r"))] = "".join(part.text or "" for part in cell.iter(MAIN + "t"))
            elif value is not None:
                found[place(cell.get("r"))] = {
                    "n": float,
                    "s": lambda number: texts[int(number)],
                    "str": str,
                    "b": lambda truth: truth == "1",
                }[kind](value.text)
        yield found


def place(reference):
    """`AB12` -> 27."""
    found = 0
    for letter in reference.rstrip("0123456789"):
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1


def ods(archive):
    sheet = next(ElementTree.fromstring(archive.read("content.xml")).iter(TABLE + "table"))
    for row in sheet.iter(TABLE + "table-row"):
        found, at = {}, 0
        for cell in row:
            kind = cell.get(OFFICE + "value-type")
            if kind in ("float", "percentage"):
                found[at] = float(cell.get(OFFICE + "value"))
            elif kind == "boolean":
                found[at] = cell.get(OFFICE + "boolean-value") == "true"
            elif kind is not None:
                found[at] = "\n".join("".join(part.itertext()) for part in cell.iter(TEXT + "p"))
            at += int(cell.get(TABLE + "number-columns-repeated", 1))
        yield found
