/** Days and hours, as they are in Paris: there the service counts its days, wherever its readers are. */

const PLACE = { timeZone: "Europe/Paris" } as const;

/** The day and hour of an instant, in seconds since 1970. */
export function instant(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString("fr-FR", {
    ...PLACE,
    dateStyle: "medium",
    timeStyle: "short",
  });
}

/** The day of a moment, as a date field writes it: `2026-11-26`. */
export function day(moment: Date): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...PLACE,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(moment);
  const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}
