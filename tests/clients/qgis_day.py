"""What an analyst does in QGIS in a day, headless: own data joined, own classes, two vintages, a spreadsheet.

    /usr/bin/python3 qgis_day.py REQUEST.json

The request names: `connections` (the file of features), `collections` (of the newer edition, of the older one), `table`
(the analyst's CSV: `code` and `places`, with its types beside it in a CSVT), `column` (a published figure), `breaks` (the
analyst's own, ascending), `bounds` (degrees), `folder` (for the spreadsheets). One JSON line on the output:

    types     column -> whether QGIS counts with it
    joined    code -> [the figure, the analyst's places, their product as QGIS works it out]
    classes   code -> the class that QGIS draws the zone in; null for none
    drawn     class -> pixels of its colour in the picture
    vintages  code -> [the figure, that of the older edition, the difference as QGIS works it out]
    sheets    ending -> rows of the spreadsheet that QGIS wrote, each column -> value, empty cells left out

Exit codes: 0 done, 3 a collection is no layer.
"""

import json
import os

import qgis_import as common
import sheets
from qgis_features import connected, plain

from qgis.core import (
    QgsFeatureRequest,
    QgsField,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsProject,
    QgsRendererRange,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QUrl, QVariant

COLOURS = ["#ffffb2", "#fecc5c", "#fd8d3c", "#e31a1c"]


def main(request):
    layer, older = connected(request["connections"], request["collections"])
    if not (layer.isValid() and older.isValid()):
        return 3
    column = request["column"]
    table = QUrl.fromLocalFile(request["table"])
    table.setQuery("type=csv&delimiter=;&detectTypes=yes&geomType=none")
    own = QgsVectorLayer(table.toString(), "mes_places", "delimitedtext")
    assert own.isValid() and not own.fields().field("code").isNumeric()
    for other, prefix in [(own, "mes_"), (older, "avant_")]:
        join(layer, other, prefix)
    layer.addExpressionField(f'"{column}" * "mes_places"', QgsField("produit", QVariant.Double))
    layer.addExpressionField(f'"{column}" - "avant_{column}"', QgsField("ecart", QVariant.Double))
    said = {"types": {field.name(): field.isNumeric() for field in layer.fields()}}
    rows = {feature["code"]: feature for feature in layer.getFeatures()}
    columns = [column, "mes_places", "produit", "avant_" + column, "ecart"]
    held = {code: [plain(feature[name]) for name in columns] for code, feature in rows.items()}
    said["joined"] = {code: [figure, places, product] for code, (figure, places, product, *_) in held.items()}
    said["vintages"] = {code: [figure, *rest] for code, (figure, _, _, *rest) in held.items()}
    said["classes"], said["drawn"] = classed(layer, column, request["breaks"], request["bounds"])
    said["sheets"] = {ending: written(layer, request["folder"], ending) for ending in ["xlsx", "ods"]}
    print(json.dumps(said, sort_keys=True))
    return 0


def join(layer, other, prefix):
    """What the tab "Joins" of a layer's properties does."""
    info = QgsVectorLayerJoinInfo()
    info.setJoinLayer(other)
    info.setJoinFieldName("code")
    info.setTargetFieldName("code")
    info.setPrefix(prefix)
    info.setUsingMemoryCache(True)
    QgsProject.instance().addMapLayer(other)
    assert layer.addJoin(info)


def classed(layer, column, breaks, bounds):
    """Draws the layer in the analyst's own classes."""
    edges = list(zip(breaks, breaks[1:]))
    ranges = []
    for number, (low, high) in enumerate(edges):
        symbol = QgsFillSymbol.createSimple({"color": COLOURS[number], "outline_style": "no"})
        ranges.append(QgsRendererRange(low, high, symbol, f"{low} à {high}"))
    renderer = QgsGraduatedSymbolRenderer(column, ranges)
    layer.setRenderer(renderer)
    own = layer.renderer()
    labels = {each.lowerValue(): each.label() for each in own.ranges()}
    found = {}
    for feature in layer.getFeatures(QgsFeatureRequest().setFlags(QgsFeatureRequest.NoGeometry)):
        value = plain(feature[column])
        each = None if value is None else own.rangeForValue(value)
        found[feature["code"]] = each and labels[each.lowerValue()]
    image = common.draw(common.map_settings(bounds), [layer])
    pixels = [image.pixelColor(x, y).name() for y in range(common.HEIGHT) for x in range(common.WIDTH)]
    return found, {each.label(): pixels.count(each.symbol().color().name()) for each in own.ranges()}


def written(layer, folder, ending):
    """What "Save features as" does, read back by a reader of spreadsheets."""
    path = os.path.join(folder, f"zones.{ending}")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = ending.upper()
    code, why, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, path, QgsProject.instance().transformContext(), options
    )
    assert code == QgsVectorFileWriter.NoError, why
    return sheets.rows(path)


if __name__ == "__main__":
    common.run(main)
