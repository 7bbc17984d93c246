"""Fetches every tile of every scale of the latest edition; prints how many and how many bytes.

    crawl.py URL TOKEN [FOLDER]

With a folder, saves what it receives there, documents too, as `seuil audit --collected` reads it:
the folder stands for one account of the collection.
"""

import http.client
import json
import math
import pathlib
import sys
from urllib.parse import urlparse

url, token = sys.argv[1:3]
folder = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
server = http.client.HTTPConnection(urlparse(url).netloc, timeout=60)


def get(path, encoding="identity"):
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": encoding}
    server.request("GET", path, headers=headers)
    answer = server.getresponse()
    body = answer.read()
    if folder:
        name = "editions/index.json" if path == "/editions" else path[1:]
        saved = folder / name
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.write_bytes(body)
    return answer.status, body


def column(longitude, zoom):
    return int((longitude + 180) / 360 * 2**zoom)


def row(latitude, zoom):
    radians = math.radians(latitude)
    return int((1 - math.log(math.tan(radians) + 1 / math.cos(radians)) / math.pi) / 2 * 2**zoom)


tiles = total = 0
edition = json.loads(get("/editions")[1])[-1]
id = edition["id"]
if folder:
    families = json.loads(get(f"/editions/{id}/indicators")[1])["families"]
    documents = [f"/editions/{id}/certificate", f"/tiles/{id}.json", "/qgis/connections.xml"]
    documents += [f"/tiles/{id}/{scale['id']}.json" for scale in edition["scales"]]
    documents += [f"/styles/{family['id']}.json" for family in families]
    for document in documents:
        assert get(document)[0] == 200, document
for scale in edition["scales"]:
    west, south, east, north = scale["bounds"]
    for zoom in range(scale["minzoom"], scale["maxzoom"] + 1):
        for x in range(column(west, zoom), column(east, zoom) + 1):
            for y in range(row(north, zoom), row(south, zoom) + 1):
                status, body = get(f"/tiles/{id}/{scale['id']}/{zoom}/{x}/{y}.mvt", "gzip")
                assert status in (200, 204), status
                tiles += 1
                total += len(body)
print(f"{tiles} tiles, {total // 1_000_000} MB")
