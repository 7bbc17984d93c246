/** Legend classes: colours that a colour-blind reader orders, and the words beside them. */

import { bare, symbol, withUnit } from "./format";
import type { Unit } from "./types";

/** One hue, from light to dark: it keeps its order in grey and for every kind of sight. */
const RAMP = ["#d3e5f2", "#98c4e1", "#559fcd", "#1f70ac", "#0b3c70"] as const;

/** The zone has no dwelling, or nobody in the universe. */
export const NOT_APPLICABLE = "#faf9f4";

export interface LegendClass {
  color: string;
  label: string;
}

/** The colours of so many classes, spread over the ramp. At most five. */
export function ramp(classes: number): string[] {
  const last = RAMP.length - 1;
  const wanted = Math.min(Math.max(classes, 1), RAMP.length);
  if (wanted === 1) return [RAMP[2]];
  return Array.from(
    { length: wanted },
    (_, index) => RAMP[Math.round((index * last) / (wanted - 1))] ?? RAMP[4],
  );
}

/** The bounds that can be drawn: finite, rising, at most four. */
export function bounds(given: number[] | undefined): number[] {
  const finite = (given ?? []).filter((bound) => Number.isFinite(bound));
  return finite
    .filter((bound, index) => index === 0 || bound > (finite[index - 1] ?? bound))
    .slice(0, 4);
}

/** The lines of a legend. A bound belongs to the class below it. */
export function legend(given: number[] | undefined, unit: Unit): LegendClass[] {
  const uppers = bounds(given);
  const colors = ramp(uppers.length + 1);
  const color = (index: number) => colors[index] ?? NOT_APPLICABLE;
  if (uppers.length === 0) return [{ color: color(0), label: "Valeur publiée" }];
  return [...uppers, undefined].map((upper, index) => {
    const lower = uppers[index - 1];
    return { color: color(index), label: between(lower, upper, unit) };
  });
}

function between(lower: number | undefined, upper: number | undefined, unit: Unit): string {
  if (lower === undefined) return `Jusqu’à ${withUnit(upper ?? 0, unit)}`;
  if (upper === undefined) return `Plus de ${withUnit(lower, unit)}`;
  return `Plus de ${bare(lower, unit)} à ${bare(upper, unit)}\u00a0${symbol(unit)}`;
}
