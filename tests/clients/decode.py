"""Decodes tiles with PyPI's mapbox-vector-tile; one line per tile, `{layer: [{id, points, properties}]}`.

    python decode.py TILE.mvt...
    python decode.py FOLDER      (its tiles, by name)
"""

import json
import os
import sys

import mapbox_vector_tile


def points(coordinates):
    if coordinates and isinstance(coordinates[0], (int, float)):
        return 1
    return sum(points(part) for part in coordinates)


def decode(path):
    with open(path, "rb") as file:
        tile = mapbox_vector_tile.decode(file.read())
    return {
        name: [
            {
                "id": feature["id"],
                "points": points(feature["geometry"]["coordinates"]),
                "properties": feature["properties"],
            }
            for feature in layer["features"]
        ]
        for name, layer in tile.items()
    }


for given in sys.argv[1:]:
    names = sorted(os.listdir(given)) if os.path.isdir(given) else [""]
    for name in names:
        print(json.dumps(decode(os.path.join(given, name) if name else given)))
