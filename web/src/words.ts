/** Readings in words, the same in the portrait and in the table. */

import { count, withUnit } from "./format";
import { lineage, read } from "./reading";
import type { Mark, Reading } from "./reading";
import { lowered } from "./controls";
import { rank } from "./scales";
import type { Catalogue, Columns, Indicator, ManifestScale, ScaleId } from "./types";

/** What a mark says. */
const EXTREMES: Record<Mark, string> = {
  bas: "au plus 2",
  haut: "tous sauf 2 au plus",
  nd: "non détaillé",
};

/** The words for a reading; `scales` name the scale from which an indicator is offered. */
export function words(
  reading: Reading,
  indicator: Indicator,
  scales: ManifestScale[] = [],
): string {
  switch (reading.kind) {
    case "value":
      return withUnit(reading.value, indicator.unit);
    case "extreme":
      return EXTREMES[reading.mark];
    case "secret":
      return "secret";
    case "nobody":
      return "sans objet";
    case "empty":
      return "aucun logement";
    case "wider":
      return offered(reading.from, scales);
  }
}

/** From which scale of an edition upward something is offered. */
export function offered(from: ScaleId, scales: ManifestScale[]): string {
  const known = scales
    .filter((scale) => rank(scale.id) >= rank(from))
    .sort((a, b) => rank(a.id) - rank(b.id));
  const label = lowered(known[0]?.label ?? from);
  return `proposé à partir de l’échelle «\u00a0${label}\u00a0»`;
}

/**
 * The base of an indicator: how many contributors its universe has in the zone, and of how many it is a part: those
 * who answered a question may be fewer than eleven, of eleven or more.
 */
export function base(
  columns: Columns,
  indicator: Indicator,
  scale: ScaleId,
  catalogue: Catalogue,
): string {
  const universe = catalogue.universes.find((candidate) => candidate.id === indicator.universe);
  const members = universe?.members ?? "";
  const known = columns[`n_${indicator.universe}`];
  const chain = lineage(indicator.universe, catalogue.universes);
  if (typeof known === "number") {
    const wider = catalogue.universes
      .filter(({ id }) => chain.includes(id))
      .map((own) => ({ of: columns[`n_${own.id}`], members: own.members }))
      .filter((own): own is { of: number; members: string } => Number(own.of) > known)
      .sort((one, other) => one.of - other.of)[0];
    const who = wider && wider.members !== members ? `\u00a0${wider.members}` : "";
    return `${count(known)}\u00a0${members}${wider ? ` sur ${count(wider.of)}${who}` : ""}`;
  }
  if (chain.some((id) => columns[`n_${id}`] === 0)) return `0\u00a0${members}`;
  const { kind } = read(columns, indicator, scale, catalogue);
  if (kind === "wider") return "–";
  return kind === "empty" ? "aucun logement" : "secret";
}

/** The response rate of the zone, when the edition has one and it can be read. */
export function responseRate(
  columns: Columns,
  scale: ScaleId,
  catalogue: Catalogue,
): string | undefined {
  const rate = catalogue.indicators.find((indicator) => indicator.id === "tx_reponse");
  return rate && words(read(columns, rate, scale, catalogue), rate);
}
