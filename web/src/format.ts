/** Numbers as French readers write them. */

import type { Unit } from "./types";

const ONE = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const TWO = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 0 });

/** A no-break space: the unit never leaves its number. */
const NBSP = "\u00a0";

const SYMBOLS: Record<Unit, string> = {
  pourcent: "%",
  personnes: "personnes",
  annees: "ans",
  euros_m2: "€/m²",
};

/** The symbol of a unit, as legends print it. */
export function symbol(unit: Unit): string {
  return SYMBOLS[unit];
}

/** A value without its unit, with the decimals of the unit. */
export function bare(value: number, unit: Unit): string {
  return (unit === "euros_m2" ? TWO : ONE).format(value);
}

/** A value with its unit. */
export function withUnit(value: number, unit: Unit): string {
  return bare(value, unit) + NBSP + symbol(unit);
}

/** A count of households, dwellings or zones. */
export function count(value: number): string {
  return WHOLE.format(value);
}
