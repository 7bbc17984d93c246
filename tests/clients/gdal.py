"""Reads tiles and archives with the GDAL of PyPI's pyogrio; any warning ends the program.

    python gdal.py tiles FOLDER               one line per tile, by name, as decode.py
    python gdal.py archive FILE.pmtiles Z...  one line per zoom: the codes of its zones, sorted
    python gdal.py features SOURCE LAYER      one line: the columns of each feature of a service
    python gdal.py tileset SOURCE ZOOM        one line: the codes of the zones of a zoom, sorted
    python gdal.py version

Polygons that GEOS calls invalid end the program too.
"""

import json
import math
import os
import sys
import warnings

import pyogrio
import shapely

warnings.simplefilter("error")


def plain(value):
    """The value as JSON says it; None for no value."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def read(path, layer=None, **options):
    meta, _, geometries, columns = pyogrio.raw.read(path, layer=layer, **options)
    shapes = shapely.from_wkb(geometries)
    for shape in shapes[~shapely.is_valid(shapes)]:
        sys.exit(f"{path} {layer}: {shapely.is_valid_reason(shape)}")
    features = []
    for at, shape in enumerate(shapes):
        values = ((name, plain(column[at])) for name, column in zip(meta["fields"], columns))
        properties = {name: value for name, value in values if value is not None}
        identity = properties.pop("mvt_id")
        points = int(shapely.get_num_coordinates(shape))
        features.append({"id": identity, "points": points, "properties": properties})
    return features


command, *rest = sys.argv[1:]
if command == "version":
    print(".".join(map(str, pyogrio.__gdal_version__)))
elif command == "features":
    source, layer = rest
    meta, _, geometries, columns = pyogrio.raw.read(source, layer=layer)
    assert shapely.is_valid(shapely.from_wkb(geometries)).all()
    names = [str(name) for name in meta["fields"]]
    rows = [{name: plain(column[at]) for name, column in zip(names, columns)} for at in range(len(geometries))]
    for row in rows:
        row.pop("id", None)
    print(json.dumps({"features": rows}))
elif command == "tileset":
    source, zoom = rest
    # GDAL compares the extent of a collection, in degrees, with the grid of its tiles: it is told metres instead.
    world = {"MINX": "-20037508", "MINY": "-20037508", "MAXX": "20037508", "MAXY": "20037508"}
    meta, _, geometries, columns = pyogrio.raw.read(source, layer=f"Zoom level {zoom}", API="TILES", **world)
    print(json.dumps(sorted(set(columns[list(meta["fields"]).index("code")]))))
elif command == "tiles":
    (folder,) = rest
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        layers = [str(layer) for layer in pyogrio.list_layers(path)[:, 0]]
        # Whole pieces, their buffer included.
        print(json.dumps({layer: read(path, layer, CLIP="NO") for layer in layers}))
else:
    path, *zooms = rest
    for zoom in zooms:
        found = read(path, ZOOM_LEVEL=int(zoom))
        print(json.dumps(sorted({feature["properties"]["code"] for feature in found})))
