"""Looks for exposed groups, and for the cheapest mask, with HiGHS: a solver that the engine does not use.

    /usr/bin/python3 highs.py < INPUT.json

INPUT, one of two. Systems: `threshold`; `systems`, each the `households` of each part and the `cells`, the parts
of each published cell; `every`, which of the groups under the threshold are looked at. OUTPUT: how many groups
were looked at and how many are exposed. With `exposures` and `costs` as below and `takes`, pairs of a cell and
one that is hidden with it, also the cost of the cheapest mask; `costs` then has the cells taken along too.
A mask: `threshold`; `households` of each atom; `cells`, the atoms of each published cell; `exposures`, lists of
hideable cells of which one must be hidden; `costs` of these cells. OUTPUT: how many groups under the
threshold there are, how many of them some combination exposes, and the cost of the cheapest mask.
"""

import json
import sys
from collections import defaultdict

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix, hstack, identity, vstack

# Groups that a programme looks at first: a part of them bounds the whole from below.
NEAREST = 80


def classes_of(households, cells):
    """The cells of each class with its households: atoms that no published cell tells apart."""
    of_atom = defaultdict(list)
    for cell, atoms in enumerate(cells):
        for atom in atoms:
            of_atom[atom].append(cell)
    merged = defaultdict(int)
    for atom, own in of_atom.items():
        merged[tuple(own)] += households[atom]
    return [(own, count) for own, count in sorted(merged.items()) if count > 0]


def lightest(classes, chosen):
    """The least Σ |w_c| N(c) over combinations w with w = 1 on the first class and |w| <= 1."""
    cells = sorted({cell for at in chosen for cell in classes[at][0]})
    column = {cell: at for at, cell in enumerate(cells)}
    entries = [(row, column[cell]) for row, at in enumerate(chosen) for cell in classes[at][0]]
    rows, columns = zip(*entries)
    spread = csr_matrix((np.ones(len(rows)), (rows, columns)), (len(chosen), len(cells)))
    sizes = identity(len(chosen), format="csr")
    costs = np.concatenate([np.zeros(len(cells)), [classes[at][1] for at in chosen]])
    found = linprog(
        costs,
        A_ub=vstack([hstack([spread, -sizes]), hstack([-spread, -sizes])]),
        b_ub=np.zeros(2 * len(chosen)),
        A_eq=hstack([spread[0], csr_matrix((1, len(chosen)))]),
        b_eq=[1],
        bounds=[(None, None)] * len(cells) + [(0, 1)] * len(chosen),
        method="highs",
    )
    if found.status == 2:  # no combination weighs most on the class
        return float("inf")
    if found.status != 0:
        sys.exit(f"HiGHS: {found.message}")
    return found.fun


def around(classes, of_cell, start, limit):
    """A class and those nearest to it, through the smallest cells first."""
    found, seen, passed = [start], {start}, set()
    while len(found) < limit:
        near = {cell for at in found for cell in classes[at][0]} - passed
        if not near:
            break
        cell = min(near, key=lambda cell: (len(of_cell[cell]), cell))
        passed.add(cell)
        for at in of_cell[cell]:
            if at not in seen:
                seen.add(at)
                found.append(at)
    return found


def is_exposed(classes, of_cell, start, threshold):
    limit = NEAREST
    while True:
        chosen = around(classes, of_cell, start, limit)
        if lightest(classes, chosen) > threshold - 1e-6:
            return False
        if len(chosen) < limit or len(chosen) == len(classes):
            return True
        limit *= 4


def merged(exposures, costs, takes):
    """The same costs and pairs, with the cells that no exposure names and the same ones take along as one."""
    named = {cell for own in exposures for cell in own}
    takers = defaultdict(set)
    for taker, taken in takes:
        takers[taken].add(taker)
    together = defaultdict(float)
    for taken in sorted(takers.keys() - named):
        together[tuple(sorted(takers[taken]))] += costs[taken]
    costs = {cell: costs[cell] for cell in named}
    takes = [pair for pair in takes if pair[1] in named]
    for number, (own, cost) in enumerate(sorted(together.items())):
        costs[f"taken {number}"] = cost
        takes += [[taker, f"taken {number}"] for taker in own]
    return costs, takes


def cheapest(exposures, costs, takes):
    """The cost of the cheapest cells of which each exposure holds one, with all that they take along."""
    costs, takes = merged(exposures, costs, takes)
    cells = sorted(costs)
    column = {cell: at for at, cell in enumerate(cells)}
    entries = [(row, column[cell], 1) for row, own in enumerate(exposures) for cell in own]
    for row, (taker, taken) in enumerate(takes, len(exposures)):
        entries += [(row, column[taken], 1), (row, column[taker], -1)]
    rows, columns, signs = zip(*entries)
    count = len(exposures) + len(takes)
    meets = csr_matrix((np.array(signs, dtype=float), (rows, columns)), (count, len(cells)))
    least = np.concatenate([np.ones(len(exposures)), np.zeros(len(takes))])
    found = milp(
        [costs[cell] for cell in cells],
        integrality=np.ones(len(cells)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(meets, lb=least),
        options={"mip_rel_gap": 0},
    )
    if found.status != 0:
        sys.exit(f"HiGHS: {found.message}")
    return found.fun


def look(system, threshold, every):
    """How many groups of a system are looked at, and how many of these are exposed."""
    classes = classes_of(system["households"], system["cells"])
    of_cell = defaultdict(list)
    for at, (own, _) in enumerate(classes):
        for cell in own:
            of_cell[cell].append(at)
    small = [at for at, (_, count) in enumerate(classes) if count < threshold][::every]
    return len(small), sum(is_exposed(classes, of_cell, at, threshold) for at in small)


def main():
    given = json.load(sys.stdin)
    threshold = given["threshold"]
    if "systems" in given:
        found = [look(system, threshold, given["every"]) for system in given["systems"]]
        said = {"looked": sum(one for one, _ in found), "exposed": sum(two for _, two in found)}
        if "exposures" in given:
            said["cheapest"] = cheapest(given["exposures"], given["costs"], given["takes"])
        json.dump(said, sys.stdout)
        return
    classes = classes_of(given["households"], given["cells"])
    of_cell = defaultdict(list)
    for at, (own, _) in enumerate(classes):
        for cell in own:
            of_cell[cell].append(at)
    small = [at for at, (_, count) in enumerate(classes) if count < threshold]
    exposed = sum(is_exposed(classes, of_cell, at, threshold) for at in small)
    least = cheapest(given["exposures"], given["costs"], [])
    json.dump({"small": len(small), "exposed": exposed, "cheapest": least}, sys.stdout)


main()
