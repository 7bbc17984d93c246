"""Holds the filters of a collection against PyPI's cql2, on the same zones.

    python cql2_oracle.py ITEMS_URL COUNT

Writes COUNT expressions from a fixed seed, asks the service which zones each keeps, and lets cql2 say the same of every
zone; then texts that are no expression to either. One JSON line: how many were compared, how many zones were kept in
all, and where the two differ.
"""

import json
import random
import sys
import urllib.error
import urllib.parse
import urllib.request

import cql2

BROKEN = [
    "code =", "code = 'a", "code == 'a'", "(code = 'a'", "code = 'a')", "code = 'a' AND", "AND code = 'a'", "code IN ()",
    "code IN ('a'", "code LIKE", "code BETWEEN 'a' 'b'", "code IS", "code IS NOT", "S_INTERSECTS(geometry, BBOX(0,0,1,1)",
    "code = 'a' OR OR code = 'b'", "code = 'a' # x", "= 'a'", "'a", ")", "code <> ",
]


def get(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def is_taken(text):
    try:
        cql2.Expr(text)
    except Exception:  # Of which class depends on where the text breaks off.
        return False
    return True


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Writer:
    def __init__(self, features):
        self.dice = random.Random(20240101)
        self.features = features

    def text(self, column):
        text = self.dice.choice(self.features)["properties"][column]
        if self.dice.random() < 0.3:
            text = text[: self.dice.randint(1, len(text))]
        return text

    def scalar(self, column):
        return self.dice.choice([column, f'"{column}"'])

    def predicate(self):
        column = self.dice.choice(["code", "nom", "communes"])
        own, kind = self.scalar(column), self.dice.randrange(7)
        text = self.text(column)
        if kind == 0:
            return f"{own} {self.dice.choice(['=', '<>', '<', '<=', '>', '>='])} {quoted(text)}"
        if kind == 1:
            letters = list(text)
            letters[self.dice.randrange(len(letters))] = self.dice.choice(["_", "%"])
            pattern = self.dice.choice(["", "%"]) + "".join(letters) + self.dice.choice(["", "%"])
            return f"{own} {self.dice.choice(['', 'NOT '])}LIKE {quoted(pattern)}"
        if kind == 2:
            texts = ", ".join(quoted(self.text(column)) for _ in range(self.dice.randint(1, 4)))
            return f"{own} {self.dice.choice(['', 'NOT '])}IN ({texts})"
        if kind == 3:
            return f"{own} BETWEEN {quoted(self.text(column))} AND {quoted(self.text(column))}"
        if kind == 4:
            return f"CASEI({column}) = CASEI({quoted(text.swapcase())})"
        if kind == 5:
            west, south, east, north = self.around()
            width, height = east - west, north - south
            west, south = west + self.dice.uniform(-1, 1) * width, south + self.dice.uniform(-1, 1) * height
            box = f"BBOX({west:.6f}, {south:.6f}, {west + width * self.dice.random():.6f}, {south + height * self.dice.random():.6f})"
            return f"S_INTERSECTS(geometry, {box})"
        return f"{own} IS {self.dice.choice(['', 'NOT '])}NULL"

    def around(self):
        places = []

        def walk(part):
            if isinstance(part[0], (int, float)):
                places.append(part)
            else:
                for inner in part:
                    walk(inner)

        walk(self.dice.choice(self.features)["geometry"]["coordinates"])
        xs, ys = zip(*places)
        return min(xs), min(ys), max(xs), max(ys)

    def expression(self, depth):
        kind = self.dice.randrange(4) if depth else 3
        if kind == 0:
            return f"({self.expression(depth - 1)} {self.dice.choice(['AND', 'and'])} {self.expression(depth - 1)})"
        if kind == 1:
            return f"({self.expression(depth - 1)} {self.dice.choice(['OR', 'or'])} {self.expression(depth - 1)})"
        if kind == 2:
            return f"NOT ({self.expression(depth - 1)})"
        return self.predicate()


items, count = sys.argv[1], int(sys.argv[2])
every = get(f"{items}?limit=2000")["features"]
features = [one for one in every if one["properties"]["nom"] and one["properties"]["communes"]]
whole = {one["id"] for one in features}
writer = Writer(features)
compared, kept, differ = 0, 0, []
while compared < count:
    text = writer.expression(2)
    if sum(text.count(word) for word in ["LIKE", "S_INTERSECTS"]) + text.count("CASEI") // 2 > 8:
        continue
    query = urllib.parse.urlencode({"limit": 2000, "filter": text})
    ours = {one["id"] for one in get(f"{items}?{query}")["features"]} & whole
    expression = cql2.Expr(text)
    theirs = {one["id"] for one in features if expression.matches(one)}
    compared += 1
    kept += len(ours)
    if ours != theirs:
        differ.append([text, sorted(ours ^ theirs)[:5]])
for text in BROKEN:
    try:
        get(f"{items}?{urllib.parse.urlencode({'filter': text})}")
        differ.append([text, "taken by the service"])
    except urllib.error.HTTPError as error:
        if error.code != 400:
            differ.append([text, error.code])
    if is_taken(text):
        differ.append([text, "taken by cql2"])
print(json.dumps({"compared": compared, "kept": kept, "zones": len(features), "differ": differ}))
