"""Imports a connection to features (OGC API) into QGIS, headless, and reads a collection.

    /usr/bin/python3 qgis_features.py REQUEST.json

The request names: `connections` (the file), `collection`, `bounds` (degrees) or null. One JSON line on the output:

    names      the connections that QGIS knows after the import
    layers     what QGIS's browser calls the layers of the connection
    valid      whether QGIS takes the layer
    fields     column -> the type that QGIS gives it
    count      what QGIS says is their number
    features   code -> columns of each zone, null where it has no value
    geometry   how many of them have a valid geometry
    within     codes of the zones in the bounds

Exit codes: 0 read, 3 the service refused.
"""

import json

import qgis_import as common

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsRectangle,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.gui import QgsManageConnectionsDialog
from qgis.PyQt.QtCore import QVariant

SETTINGS = "qgis/connections-wfs"


def connected(file, collections):
    """A layer of each collection of the connection that the file brings."""
    dialog = QgsManageConnectionsDialog(
        None, QgsManageConnectionsDialog.Import, QgsManageConnectionsDialog.WFS, file
    )
    dialog.selectAll()
    dialog.doExportImport()
    url = QgsSettings().value(f"{SETTINGS}/{names()[0]}/url", "")
    uri = (
        f"pagingEnabled='true' restrictToRequestBBOX='1' srsname='EPSG:4326' url='{url}' version='OGC_API_FEATURES'"
    )
    return [QgsVectorLayer(f"{uri} typename='{each}'", each, "OAPIF") for each in collections]


def names():
    settings = QgsSettings()
    settings.beginGroup(SETTINGS)
    found = sorted(settings.childGroups())
    settings.endGroup()
    return found


def listed():
    """What the browser shows under the connection."""
    for provider in QgsApplication.dataItemProviderRegistry().providers():
        root = provider.createDataItem("", None) if provider.name() in ("WFS", "OAPIF") else None
        if root is None:
            continue
        for connection in root.createChildren():
            if connection.name() in names():
                return sorted(child.name() for child in connection.createChildren())
    return []


def main(request):
    (layer,) = connected(request["connections"], [request["collection"]])
    said = {"names": names(), "valid": layer.isValid(), "layers": listed()}
    if layer.isValid():
        said["fields"] = {field.name(): field.typeName() for field in layer.fields()}
        features, valid = {}, 0
        for feature in layer.getFeatures():
            features[feature["code"]] = {name: plain(feature[name]) for name in said["fields"]}
            valid += feature.hasGeometry() and feature.geometry().isGeosValid()
        said["features"], said["geometry"] = features, int(valid)
        said["count"] = layer.featureCount()
        if request["bounds"]:
            near = QgsFeatureRequest().setFilterRect(QgsRectangle(*request["bounds"]))
            said["within"] = sorted(feature["code"] for feature in layer.getFeatures(near))
    print(json.dumps(said, sort_keys=True))
    return 0 if layer.isValid() else 3


def plain(value):
    """The value as JSON says it."""
    return None if isinstance(value, QVariant) and value.isNull() else value


if __name__ == "__main__":
    common.run(main)
