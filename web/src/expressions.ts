/** MapLibre expressions that say on the GPU what `reading.ts` says in words. */

import type { ExpressionSpecification, FilterSpecification } from "maplibre-gl";

import { EXTREME, NOT_APPLICABLE, bounds, ramp, zero } from "./classes";
import { lineage, marked } from "./reading";
import { listsCommunes, offers } from "./scales";
import type { Catalogue, Indicator, ScaleId } from "./types";

/** The colour of a zone. Secret zones get a colour too; the hatching covers it. */
export function color(
  indicator: Indicator,
  classes: number[] | undefined,
): ExpressionSpecification {
  const uppers = bounds(classes);
  const colors = ramp(uppers.length + 1, indicator.family);
  const value = ["to-number", ["get", indicator.id]];
  const last = colors[uppers.length] ?? NOT_APPLICABLE;
  const steps = uppers.flatMap((upper, index) => [["<=", value, upper], colors[index]]);
  return [
    "case",
    ["has", marked(indicator)],
    EXTREME,
    ["!", ["has", indicator.id]],
    NOT_APPLICABLE,
    ["==", value, 0],
    zero(indicator.family),
    ...steps,
    last,
  ] as unknown as ExpressionSpecification;
}

/** Which zones are hatched: the figure is absent without a mark, although somebody may be there. */
export function secret(
  indicator: Indicator,
  scale: ScaleId,
  catalogue: Catalogue,
): FilterSpecification {
  // Nothing is secret in what a scale does not offer.
  if (!offers(scale, indicator, catalogue)) return false as unknown as FilterSpecification;
  const chain = lineage(indicator.universe, catalogue.universes);
  const root = catalogue.universes[0]?.id;
  const zeros = new Set(root === undefined ? chain : [...chain, root]);
  const nobody = [...zeros].map((universe) => ["==", ["get", `n_${universe}`], 0]);
  const empty = listsCommunes(scale) ? [["==", ["coalesce", ["get", "communes"], ""], ""]] : [];
  return [
    "all",
    ["!", ["has", indicator.id]],
    ["!", ["has", marked(indicator)]],
    ["!", ["any", ...nobody, ...empty]],
  ] as unknown as FilterSpecification;
}

/** The opposite of {@link secret}. */
export function shown(
  indicator: Indicator,
  scale: ScaleId,
  catalogue: Catalogue,
): FilterSpecification {
  return ["!", secret(indicator, scale, catalogue)] as unknown as FilterSpecification;
}
