/** In which order the table has its zones, and on which page. */

export type Order = "name" | "rising" | "falling";

interface Named {
  code: string;
  name: string;
}

const NAMES = new Intl.Collator("fr", { numeric: true });

/** The zones in an order; those without a value come last in both orders of values, by name. */
export function sorted<T extends Named>(
  zones: readonly T[],
  order: Order,
  value: (zone: T) => number | undefined,
): T[] {
  const sign = order === "falling" ? -1 : 1;
  const rank = (zone: T) => {
    const own = order === "name" ? 0 : value(zone);
    return own === undefined ? Number.POSITIVE_INFINITY : sign * own;
  };
  return zones
    .map((zone) => ({ zone, key: rank(zone) }))
    .sort((a, b) => (a.key === b.key ? byName(a.zone, b.zone) : a.key - b.key))
    .map(({ zone }) => zone);
}

/** The page of a zone, the first is 0; `undefined` where it is none of these. */
export function pageOf(zones: readonly Named[], code: string, page: number): number | undefined {
  const index = zones.findIndex((zone) => zone.code === code);
  return index < 0 ? undefined : Math.floor(index / page);
}

function byName(one: Named, other: Named): number {
  return NAMES.compare(one.name, other.name) || (one.code < other.code ? -1 : 1);
}
