"""Holds exported files against validators of others; one JSON line: file -> what is wrong with it.

    python validate.py FILE...

GeoPackage by pdok-geopackage-validator (with GDAL), GeoParquet by geoparquet-validator, a ZIP by frictionless as
a data package.
"""

import json
import os
import sys

import frictionless
import geoparquet_validator
from geopackage_validator.validate import validate

def geopackage(path):
    found, _, _ = validate(path)
    return found


def geoparquet(path):
    report = geoparquet_validator.check(path)
    assert len(report["outcomes"]) > 10, report
    # The third class, distribution, asks for a column of boxes, which the standard leaves to the writer.
    return geoparquet_validator.failed(report, "core") + geoparquet_validator.failed(report, "covering")


def archive(path):
    report = frictionless.Package(path).validate()
    assert len(report.tasks) > 1 and all(task.stats.get("rows") for task in report.tasks), report
    return report.flatten(["name", "rowNumber", "fieldName", "message"]) + report.errors


READERS = {".gpkg": geopackage, ".parquet": geoparquet, ".zip": archive}
said = {os.path.basename(path): READERS[os.path.splitext(path)[1]](path) for path in sys.argv[1:]}
print(json.dumps(said, ensure_ascii=False, default=str))
