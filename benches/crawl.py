"""Fetches every tile of every scale of the latest edition; prints how many and how many bytes."""

import http.client
import json
import math
import sys
from urllib.parse import urlparse

url, token = sys.argv[1:3]
server = http.client.HTTPConnection(urlparse(url).netloc, timeout=60)


def get(path, encoding="identity"):
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": encoding}
    server.request("GET", path, headers=headers)
    answer = server.getresponse()
    return answer.status, answer.read()


def column(longitude, zoom):
    return int((longitude + 180) / 360 * 2**zoom)


def row(latitude, zoom):
    radians = math.radians(latitude)
    return int((1 - math.log(math.tan(radians) + 1 / math.cos(radians)) / math.pi) / 2 * 2**zoom)


tiles = total = 0
edition = json.loads(get("/editions")[1])[0]
for scale in edition["scales"]:
    west, south, east, north = scale["bounds"]
    for zoom in range(scale["minzoom"], scale["maxzoom"] + 1):
        for x in range(column(west, zoom), column(east, zoom) + 1):
            for y in range(row(north, zoom), row(south, zoom) + 1):
                status, body = get(f"/tiles/{edition['id']}/{scale['id']}/{zoom}/{x}/{y}.mvt", "gzip")
                assert status in (200, 204), status
                tiles += 1
                total += len(body)
print(f"{tiles} tiles, {total // 1_000_000} MB")
