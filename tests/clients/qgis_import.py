"""Imports a connections file of the service into QGIS, headless, and draws what it names.

    /usr/bin/python3 qgis_import.py REQUEST.json

The request names: `connections` (the file), `scale`, `edition` (`latest` without it), `bounds` (degrees),
`picture` (the PNG to write). One JSON line on the output:

    names       the connections that QGIS knows after the import, sorted
    statuses    HTTP status -> answers
    styled      whether QGIS took the style of the connection
    renderers   layers of the style that QGIS draws
    colours     different colours in the picture
    hatched     codes of the zones that QGIS's filter of the layer of secrets takes, sorted
    classed     code -> how many filters of the layers of classes take the zone
    zones       code -> columns of each zone that QGIS identifies
    refusals    what QGIS was told by answers that were no data

Exit codes: 0 drawn, 3 the service refused or nothing came within the time limit.
"""

import json
import os
import re
import sys
import tempfile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PROFILE = tempfile.TemporaryDirectory(prefix="seuil-qgis-")
os.environ["QGIS_AUTH_DB_DIR_PATH"] = PROFILE.name
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = PROFILE.name
os.environ["HOME"] = PROFILE.name

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDataSourceUri,
    QgsExpression,
    QgsExpressionContext,
    QgsGeometry,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsNetworkAccessManager,
    QgsProject,
    QgsRectangle,
    QgsSettings,
    QgsVectorTileLayer,
)
from qgis.gui import QgsManageConnectionsDialog, QgsMapCanvas, QgsMapToolIdentify  # noqa: E402
from qgis.PyQt.QtCore import QEventLoop, QSize, QTimer  # noqa: E402
from qgis.PyQt.QtGui import QColor  # noqa: E402

WIDTH, HEIGHT = 900, 800
LIMIT_MS = 30_000
SETTINGS = "qgis/connections-vector-tile"


def main(request):
    statuses, refusals = {}, set()

    def count(reply):
        # 0 is QNetworkRequest.HttpStatusCodeAttribute.
        status = str(reply.attribute(0))
        statuses[status] = statuses.get(status, 0) + 1
        if status not in ("200", "204"):
            refusals.add(reply.errorString())

    QgsNetworkAccessManager.instance().finished.connect(count)
    names = imported(request["connections"])
    layer = opened(names, request["scale"], request.get("edition", "latest"))
    answer = layer.loadDefaultStyle()
    # QGIS returns the error, the warnings, and whether a style was there.
    styled = any(part is True for part in answer)
    settings = map_settings(request["bounds"])
    image = draw(settings, [layer])
    said = {"names": names, "statuses": statuses, "styled": styled, "refusals": sorted(refusals)}
    refused = [status for status in statuses if status not in ("200", "204")]
    if image is None or refused or not statuses:
        print(json.dumps(said))
        return 3
    image.save(request["picture"])
    seen = {image.pixelColor(x, y).name() for y in range(0, HEIGHT, 4) for x in range(0, WIDTH, 4)}
    said["colours"] = len(seen)
    said["renderers"] = len(layer.renderer().styles())
    said["zones"], features = identified(layer, settings)
    said["hatched"], said["classed"] = filtered(layer, request["scale"], features)
    print(json.dumps(said, sort_keys=True))
    return 0


def imported(path):
    """What the dialog "Import connections" does with every connection of the file."""
    dialog = QgsManageConnectionsDialog(
        None, QgsManageConnectionsDialog.Import, QgsManageConnectionsDialog.VectorTile, path
    )
    dialog.selectAll()
    dialog.doExportImport()
    settings = QgsSettings()
    settings.beginGroup(SETTINGS)
    names = sorted(settings.childGroups())
    settings.endGroup()
    return names


def opened(names, scale, edition):
    settings = QgsSettings()
    for name in names:
        value = lambda key: settings.value(f"{SETTINGS}/{name}/{key}", "")  # noqa: E731
        if f"/{edition}/{scale}/" in value("url"):
            source = QgsDataSourceUri()
            source.setParam("type", "xyz")
            for key in ("url", "zmin", "zmax", "styleUrl"):
                source.setParam(key, str(value(key)))
            layer = QgsVectorTileLayer(bytes(source.encodedUri()).decode(), scale)
            assert layer.isValid(), "vector tile layer"
            return layer
    raise AssertionError(f"no connection of {edition}, {scale} among {names}")


def map_settings(bounds):
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    change = QgsCoordinateTransform(degrees, mercator, QgsProject.instance())
    extent = change.transformBoundingBox(QgsRectangle(*bounds))
    extent.scale(1.1)
    settings = QgsMapSettings()
    settings.setDestinationCrs(mercator)
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setExtent(extent)
    settings.setBackgroundColor(QColor("#ffffff"))
    settings.setFlag(QgsMapSettings.Antialiasing, False)
    return settings


def draw(settings, layers):
    """The picture, or None when it is not there within the limit."""
    settings.setLayers(layers)
    job = QgsMapRendererParallelJob(settings)
    loop = QEventLoop()
    job.finished.connect(loop.quit)
    QTimer.singleShot(LIMIT_MS, loop.quit)
    job.start()
    loop.exec_()
    if job.isActive():
        job.cancelWithoutBlocking()
        return None
    return job.renderedImage()


def identified(layer, settings):
    canvas = QgsMapCanvas()
    canvas.setDestinationCrs(settings.destinationCrs())
    canvas.resize(WIDTH, HEIGHT)
    canvas.setLayers([layer])
    canvas.setExtent(settings.extent())
    tool = QgsMapToolIdentify(canvas)
    found = tool.identify(
        QgsGeometry.fromRect(settings.extent()),
        QgsMapToolIdentify.TopDownAll,
        [layer],
        QgsMapToolIdentify.VectorTileLayer,
    )
    zones, features = {}, {}
    for result in found:
        columns = {field.name(): result.mFeature[field.name()] for field in result.mFeature.fields()}
        held = {name: value for name, value in columns.items() if isinstance(value, (str, int, float))}
        zones[columns["code"]] = held
        features[columns["code"]] = result.mFeature
    return zones, features


def filtered(layer, scale, features):
    """Which zones the converted filters take, as QGIS evaluates them when it draws."""
    hatched, classed = set(), dict.fromkeys(features, 0)
    for style in layer.renderer().styles():
        name = style.styleName()
        expression = QgsExpression(style.filterExpression())
        bad = style.filterExpression() and expression.hasParserError()
        assert not bad, f"{name}: {style.filterExpression()}"
        for code, feature in features.items():
            context = QgsExpressionContext()
            context.setFeature(feature)
            context.setFields(feature.fields())
            if style.filterExpression() and not expression.evaluate(context):
                continue
            if name == f"{scale}-secret":
                hatched.add(code)
            elif re.fullmatch(rf"{scale}(-\d+)?", name):
                classed[code] += 1
    return sorted(hatched), classed


def run(main):
    """Runs a script on the request that its argument names, and ends with its exit code."""
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    # Without a name of its own it would be gone before it is used.
    application = QgsApplication([], True, PROFILE.name)
    application.initQgis()
    code = main(given)
    sys.stdout.flush()
    # Threads that still wait for an answer would hold the exit: nothing is left to save.
    PROFILE.cleanup()
    os._exit(code)


if __name__ == "__main__":
    run(main)
