/**
 * What a zone says of an indicator.
 *
 * A figure may be kept back for being extreme, or beside one that is: a mark stands in its place. One
 * that is absent without a mark has one of four reasons: the zone holds no dwelling of the register, the
 * indicator is offered from a wider scale upward, its universe is empty there, or the figure is
 * secret. Why a figure is secret is never told.
 */

import { finest, listsCommunes, offers } from "./scales";
import type { Catalogue, Columns, Indicator, ScaleId, Universe } from "./types";

/** At most two; all but at most two; withheld beside such a figure. */
export type Mark = "bas" | "haut" | "nd";

const MARKS: Mark[] = ["bas", "haut", "nd"];

export type Reading =
  | { kind: "value"; value: number }
  | { kind: "extreme"; mark: Mark }
  | { kind: "secret" }
  | { kind: "nobody" }
  | { kind: "empty" }
  | { kind: "wider"; from: ScaleId };

/** Reads one indicator of one zone. */
export function read(
  columns: Columns,
  indicator: Indicator,
  scale: ScaleId,
  catalogue: Catalogue,
): Reading {
  const value = columns[indicator.id];
  if (typeof value === "number") return { kind: "value", value };
  const mark = MARKS.find((own) => columns[marked(indicator)] === own);
  if (mark !== undefined) return { kind: "extreme", mark };
  if (isEmpty(columns, scale, catalogue)) return { kind: "empty" };
  const from = finest(indicator, catalogue);
  if (from !== undefined && !offers(scale, indicator, catalogue)) return { kind: "wider", from };
  const chain = lineage(indicator.universe, catalogue.universes);
  if (chain.some((universe) => columns[`n_${universe}`] === 0)) return { kind: "nobody" };
  return { kind: "secret" };
}

/** The column of an indicator's mark. */
export function marked(indicator: Indicator): string {
  return `${indicator.id}_ext`;
}

/** Whether the zone holds no dwelling of the register. */
export function isEmpty(columns: Columns, scale: ScaleId, catalogue: Catalogue): boolean {
  const root = catalogue.universes[0];
  if (root && columns[`n_${root.id}`] === 0) return true;
  return listsCommunes(scale) && !columns["communes"];
}

/** A universe and everything that contains it: if one of them is empty, so is the universe. */
export function lineage(universe: string, universes: Universe[]): string[] {
  const found: string[] = [];
  const waiting = [universe];
  while (waiting.length > 0 && found.length <= universes.length) {
    const id = waiting.shift();
    if (id === undefined || found.includes(id)) continue;
    found.push(id);
    waiting.push(...(universes.find((other) => other.id === id)?.parents ?? []));
  }
  return found;
}
