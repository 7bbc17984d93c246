/**
 * One point per zone for its name. Tiles cut a zone into pieces, and a name on each piece would
 * repeat it: the largest piece in view carries the name.
 */

import type { Feature, FeatureCollection, Point, Polygon, Position } from "geojson";

import type { Bounds } from "./types";

interface Piece {
  geometry: { type: string; coordinates?: unknown };
  properties: Record<string, unknown> | null;
}

/** The most names on a view. */
const LIMIT = 400;

/** The label points of the zones that the pieces belong to, each in view. */
export function labelPoints(pieces: Iterable<Piece>, view: Bounds): FeatureCollection<Point> {
  const best = new Map<string, Feature<Point>>();
  for (const piece of pieces) {
    const code = piece.properties?.["code"];
    const nom = piece.properties?.["nom"];
    if (typeof code !== "string" || typeof nom !== "string" || nom === "") continue;
    for (const whole of outerRings(piece)) {
      const ring = clip(whole, view);
      if (ring.length < 4) continue;
      const aire = Math.abs(area(ring));
      const known = best.get(code)?.properties?.["aire"];
      if (typeof known === "number" && known >= aire) continue;
      if (known === undefined && best.size >= LIMIT) continue;
      const geometry: Point = { type: "Point", coordinates: inside(ring) };
      best.set(code, { type: "Feature", geometry, properties: { nom, aire } });
    }
  }
  return { type: "FeatureCollection", features: [...best.values()] };
}

function outerRings(piece: Piece): Position[][] {
  const { type, coordinates } = piece.geometry;
  const polygons =
    type === "Polygon"
      ? [coordinates as Polygon["coordinates"]]
      : type === "MultiPolygon"
        ? (coordinates as Polygon["coordinates"][])
        : [];
  return polygons.flatMap((polygon) => (polygon[0] && polygon[0].length > 3 ? [polygon[0]] : []));
}

/** The part of a ring in a rectangle, cut side by side (Sutherland and Hodgman); closed. */
export function clip(ring: Position[], [west, south, east, north]: Bounds): Position[] {
  const sides: [axis: 0 | 1, limit: number, sign: 1 | -1][] = [
    [0, west, 1],
    [0, east, -1],
    [1, south, 1],
    [1, north, -1],
  ];
  return sides.reduce<Position[]>((kept, [axis, limit, sign]) => {
    const within = (point: Pair) => sign * (point[axis] - limit) >= 0;
    const cut = edges(kept).flatMap(([a, b]): Position[] => {
      const t = (limit - a[axis]) / (b[axis] - a[axis]);
      const border: Pair = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
      return [...(within(a) === within(b) ? [] : [border]), ...(within(b) ? [b] : [])];
    });
    const last = cut.at(-1);
    return last ? [last, ...cut] : [];
  }, ring);
}

/** Twice the signed area, in square degrees. */
function area(ring: Position[]): number {
  let sum = 0;
  for (const [[ax, ay], [bx, by]] of edges(ring)) sum += ax * by - bx * ay;
  return sum;
}

/** The middle of the widest chord through the centre of mass, at its latitude. */
export function inside(ring: Position[]): Position {
  const doubled = area(ring);
  let latitude = 0;
  for (const [[ax, ay], [bx, by]] of edges(ring)) latitude += (ay + by) * (ax * by - bx * ay);
  const y = doubled === 0 ? (ring[0]?.[1] ?? 0) : latitude / (3 * doubled);
  const crossings = edges(ring)
    .filter(([[, ay], [, by]]) => ay > y !== by > y)
    .map(([[ax, ay], [bx, by]]) => ax + ((y - ay) / (by - ay)) * (bx - ax))
    .sort((a, b) => a - b);
  let middle = ring[0]?.[0] ?? 0;
  let widest = -1;
  for (let index = 0; index + 1 < crossings.length; index += 2) {
    const [west = 0, east = 0] = crossings.slice(index, index + 2);
    if (east - west > widest) [middle, widest] = [(west + east) / 2, east - west];
  }
  return [middle, y];
}

type Pair = [number, number];

function edges(ring: Position[]): [Pair, Pair][] {
  const point = (position: Position | undefined): Pair => [position?.[0] ?? 0, position?.[1] ?? 0];
  return ring.slice(1).map((position, index) => [point(ring[index]), point(position)]);
}
