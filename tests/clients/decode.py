"""Decodes a tile with PyPI's mapbox-vector-tile; prints `{layer: [{id, points, properties}]}`.

    python decode.py TILE.mvt
"""

import json
import sys

import mapbox_vector_tile


def points(coordinates):
    if coordinates and isinstance(coordinates[0], (int, float)):
        return 1
    return sum(points(part) for part in coordinates)


with open(sys.argv[1], "rb") as file:
    tile = mapbox_vector_tile.decode(file.read())
print(
    json.dumps(
        {
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
    )
)
