"""Adds a layer definition of the service to QGIS, headless, as a reader with an authentication
configuration does, and draws it.

    /usr/bin/python3 qgis_layer.py REQUEST.json

The request names: `layer` (the .qlr), `token` and `configuration` (its identifier; the token is the
password of a Basic authentication), `bounds` (degrees), `picture` (the PNG to write). One JSON line
on the output:

    statuses    HTTP status -> answers
    asked       addresses that QGIS asked for, without their numbers, sorted
    title, rights, attribution, abstract    what QGIS tells about the layer
    source      the layer's source
    colours     colour -> pixels of the picture
    hatched     codes of the zones that the filter of the layer of secrets takes, sorted
    classed     code -> how many filters of the layers of classes take the zone
    zones       code -> columns of each zone that QGIS identifies

Exit codes: 0 drawn, 3 the service refused or nothing came within the time limit.
"""

import json
import re

import qgis_import as common

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsLayerDefinition,
    QgsNetworkAccessManager,
    QgsProject,
)
from qgis.PyQt.QtCore import QSize


def main(request):
    statuses, asked = {}, set()

    def count(reply):
        # 0 is QNetworkRequest.HttpStatusCodeAttribute.
        status = str(reply.attribute(0))
        statuses[status] = statuses.get(status, 0) + 1
        asked.add(re.sub(r"\d+", "N", reply.request().url().path()))

    QgsNetworkAccessManager.instance().finished.connect(count)
    configure(request["configuration"], request["token"])
    project = QgsProject.instance()
    added, error = QgsLayerDefinition.loadLayerDefinition(
        request["layer"], project, project.layerTreeRoot()
    )
    assert added, error
    (layer,) = project.mapLayers().values()
    assert layer.isValid(), "the layer is valid"
    metadata = layer.metadata()
    said = {
        "title": metadata.title(),
        "rights": metadata.rights(),
        "attribution": layer.attribution(),
        "abstract": metadata.abstract(),
        "source": layer.source(),
        "name": layer.name(),
        "crs": layer.crs().authid(),
    }
    settings = common.map_settings(request["bounds"])
    settings.setOutputSize(QSize(common.WIDTH, common.HEIGHT))
    image = common.draw(settings, [layer])
    said |= {"statuses": statuses, "asked": sorted(asked)}
    refused = [status for status in statuses if status not in ("200", "204")]
    if image is None or refused or not statuses:
        print(json.dumps(said))
        return 3
    image.save(request["picture"])
    seen = {}
    for x in range(0, common.WIDTH, 3):
        for y in range(0, common.HEIGHT, 3):
            name = image.pixelColor(x, y).name()
            seen[name] = seen.get(name, 0) + 1
    said["colours"] = seen
    said["zones"], features = common.identified(layer, settings)
    said["hatched"], said["classed"] = common.filtered(layer, request["scale"], features)
    print(json.dumps(said, sort_keys=True))
    return 0


def configure(identifier, token):
    """The configuration that a reader makes once in the options of QGIS."""
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("essai", True), "the store of authentications opens"
    config = QgsAuthMethodConfig("Basic")
    config.setId(identifier)
    config.setName("Seuil")
    config.setConfig("username", "qgis")
    config.setConfig("password", token)
    stored = manager.storeAuthenticationConfig(config)
    assert all(stored) if isinstance(stored, tuple) else stored, "the configuration is stored"


if __name__ == "__main__":
    common.run(main)
