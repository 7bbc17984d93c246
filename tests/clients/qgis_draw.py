"""Draws the tiles of a running service with QGIS, headless, and says what came out.

    /usr/bin/python3 qgis_draw.py REQUEST.json

The request names: `url` (of the service), `token`, `mode` ("basic": an authentication
configuration, "prefix": `/k/TOKEN/`), `style` (a style document of the service, saved to a file),
`bounds` (degrees), `minzoom`, `maxzoom`, `contours` and `codes` (the zones that may appear),
`picture` (the PNG to write). One JSON line on the output:

    statuses    HTTP status -> answers
    codes       the zones that QGIS identifies in the tiles, sorted
    colours     fill colour of the style -> pixels
    outside     drawn pixels that lie in no allowed zone
    undrawn     pixels of the allowed zones that are not drawn

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
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDataSourceUri,
    QgsFillSymbol,
    QgsGeometry,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsNetworkAccessManager,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapToolIdentify  # noqa: E402
from qgis.PyQt.QtCore import QEventLoop, QSize, QTimer  # noqa: E402
from qgis.PyQt.QtGui import QColor  # noqa: E402

WIDTH, HEIGHT = 900, 800
LIMIT_MS = 30_000
BACKGROUND = "#ff00ff"
SCALE = "commune"


def main(request):
    statuses = {}

    def count(reply):
        # 0 is QNetworkRequest.HttpStatusCodeAttribute.
        status = str(reply.attribute(0))
        statuses[status] = statuses.get(status, 0) + 1

    QgsNetworkAccessManager.instance().finished.connect(count)
    layer = tiles(request)
    classes = breaks(request["style"])
    layer.setRenderer(QgsVectorTileBasicRenderer())
    layer.renderer().setStyles(styles(*classes))
    settings = map_settings(request["bounds"])
    image = draw(settings, [layer])
    refused = [status for status in statuses if status not in ("200", "204")]
    if image is None or refused or not statuses:
        print(json.dumps({"statuses": statuses}))
        return 3
    image.save(request["picture"])
    mask = draw(settings, [allowed(request)])
    colours = {colour: 0 for colour in [*classes[1], classes[2]]}
    outside = undrawn = 0
    for y in range(HEIGHT):
        for x in range(WIDTH):
            name = image.pixelColor(x, y).name()
            if name in colours:
                colours[name] += 1
            inside = mask.pixelColor(x, y).name() != BACKGROUND
            if name != BACKGROUND and not inside:
                outside += 1
            if name == BACKGROUND and inside:
                undrawn += 1
    print(
        json.dumps(
            {
                "statuses": statuses,
                "codes": identified(layer, settings),
                "colours": colours,
                "outside": outside,
                "undrawn": undrawn,
            },
            sort_keys=True,
        )
    )
    return 0


def tiles(request):
    base, token = request["url"], request["token"]
    source = QgsDataSourceUri()
    source.setParam("type", "xyz")
    source.setParam("zmin", str(request["minzoom"]))
    source.setParam("zmax", str(request["maxzoom"]))
    if request["mode"] == "prefix":
        base = f"{base}/k/{token}"
    else:
        manager = QgsApplication.authManager()
        assert manager.setMasterPassword("seuil-essai", True), "master password"
        config = QgsAuthMethodConfig("Basic")
        config.setName("seuil")
        config.setConfig("username", "qgis")
        config.setConfig("password", token)
        assert manager.storeAuthenticationConfig(config), "authentication configuration"
        source.setParam("authcfg", config.id())
    source.setParam("url", f"{base}/tiles/latest/{SCALE}/{{z}}/{{x}}/{{y}}.mvt")
    layer = QgsVectorTileLayer(bytes(source.encodedUri()).decode(), SCALE)
    assert layer.isValid(), "vector tile layer"
    return layer


def breaks(path):
    """The column, the colours of its classes with their bounds, and the colour of no figure."""
    with open(path, encoding="utf-8") as file:
        layers = json.load(file)["layers"]
    found = [layer for layer in layers if re.fullmatch(rf"{SCALE}(-\d+)?", layer["id"])]
    none, *classes = found
    column = none["filter"][1][1]
    # The upper bound of each class: 0, then those of the filters; the last class has none.
    uppers = [[part[2] for part in one["filter"][1:] if part[0] in ("==", "<=")] for one in classes]
    bounds = [upper for one in uppers for upper in one]
    colours = [one["paint"]["fill-color"] for one in classes]
    return (column, bounds), colours, none["paint"]["fill-color"]


def styles(column_and_bounds, colours, none):
    column, bounds = column_and_bounds
    made = [style("absent", none, f'"{column}" IS NULL')]
    lower = None
    for bound, colour in zip([*bounds, None], colours):
        # Numbers of a tile reach expressions as text where a tile lacks them elsewhere.
        parts = [f'"{column}" IS NOT NULL']
        if lower is not None:
            parts.append(f'to_real("{column}") > {lower}')
        if bound is not None:
            parts.append(f'to_real("{column}") <= {bound}')
        made.append(style(colour, colour, " AND ".join(parts)))
        lower = bound
    return made


def style(name, colour, expression):
    made = QgsVectorTileBasicRendererStyle(name, SCALE, QgsWkbTypes.PolygonGeometry)
    made.setFilterExpression(expression)
    made.setSymbol(
        QgsFillSymbol.createSimple({"color": colour, "outline_color": "#333333", "outline_width": "0.1"})
    )
    return made


def allowed(request):
    """The contours of the allowed zones, a little wider: tiles are rounded to their grid."""
    layer = QgsVectorLayer(request["contours"], "contours", "ogr")
    codes = ", ".join(f"'{code}'" for code in request["codes"])
    layer.setSubsetString(f'"code" IN ({codes})')
    assert layer.isValid() and layer.featureCount() == len(request["codes"]), "contours"
    symbol = QgsFillSymbol.createSimple(
        {"color": "#000000", "outline_color": "#000000", "outline_width": "1"}
    )
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    return layer


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
    settings.setBackgroundColor(QColor(BACKGROUND))
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
    return sorted({result.mFeature["code"] for result in found})


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    application = QgsApplication([], True, PROFILE.name)
    application.initQgis()
    sys.stdout.flush()
    code = main(given)
    sys.stdout.flush()
    # Threads that still wait for an answer would hold the exit: nothing is left to save.
    PROFILE.cleanup()
    os._exit(code)
