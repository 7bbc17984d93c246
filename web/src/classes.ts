/** Legend classes: colours that a colour-blind reader orders, and the words beside them. */

import light from "../../styles/fonds/clair.json";
import { symbol } from "./format";
import type { Unit } from "./types";

interface Palette {
  /** The colour of zero, then of the classes, rising. */
  couleurs: string[];
}

/** One palette per family, in the files that the service's own styles use. */
const PALETTES = import.meta.glob<Palette>("../../styles/familles/*.json", {
  eager: true,
  import: "default",
});

function palette(family: string): string[] {
  const file = (name: string) => PALETTES[`../../styles/familles/${name}.json`];
  return (file(family) ?? file("defaut"))?.couleurs ?? [];
}

/** The figure is kept back for being extreme, or beside one that is. */
export const EXTREME: string = light.extreme;

/** The zone has no dwelling, or nobody in the universe. */
export const NOT_APPLICABLE: string = light.sans_objet;

export interface LegendClass {
  color: string;
  label: string;
}

/** The colour of a share of zero. */
export function zero(family: string): string {
  return palette(family)[0] ?? NOT_APPLICABLE;
}

/** The colours of so many classes, spread over the palette of a family. At most five. */
export function ramp(classes: number, family: string): string[] {
  const shades = palette(family).slice(1);
  const last = shades.length - 1;
  const wanted = Math.min(Math.max(classes, 1), shades.length);
  const place = (index: number) =>
    wanted === 1 ? Math.floor(last / 2) : Math.round((index * last) / (wanted - 1));
  return Array.from({ length: wanted }, (_, index) => shades[place(index)] ?? NOT_APPLICABLE);
}

/** The bounds that can be drawn: finite, rising, at most four. */
export function bounds(given: number[] | undefined): number[] {
  const finite = (given ?? []).filter((bound) => Number.isFinite(bound));
  return finite
    .filter((bound, index) => index === 0 || bound > (finite[index - 1] ?? bound))
    .slice(0, 4);
}

/** The lines of a legend: zero, then the classes. A bound belongs to the class below it. */
export function legend(given: number[] | undefined, unit: Unit, family: string): LegendClass[] {
  const uppers = bounds(given);
  const colors = ramp(uppers.length + 1, family);
  const color = (index: number) => colors[index] ?? NOT_APPLICABLE;
  const none = { color: zero(family), label: `0\u00a0${symbol(unit)}` };
  if (uppers.length === 0) return [none, { color: color(0), label: "Valeur publiée" }];
  const classes = [...uppers, undefined].map((upper, index) => {
    const lower = uppers[index - 1];
    return { color: color(index), label: between(lower, upper, unit, decimals(uppers)) };
  });
  return [none, ...classes];
}

/** As many decimals as the bounds need, at most two. */
function decimals(uppers: number[]): number {
  const needed = [0, 1].find((digits) =>
    uppers.every((upper) => Math.abs(Number(upper.toFixed(digits)) - upper) < 1e-9),
  );
  return needed ?? 2;
}

function between(
  lower: number | undefined,
  upper: number | undefined,
  unit: Unit,
  digits: number,
): string {
  const number = new Intl.NumberFormat("fr-FR", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const end = `\u00a0${symbol(unit)}`;
  if (upper === undefined) return `Plus de ${number.format(lower ?? 0)}${end}`;
  if (lower === undefined) return `Jusqu’à ${number.format(upper)}${end}`;
  return `Plus de ${number.format(lower)} à ${number.format(upper)}${end}`;
}
