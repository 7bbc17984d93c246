/** Which scale is drawn at which zoom. */

import type { Manifest, ManifestScale, Me, ScaleId } from "./types";
import { SCALES } from "./types";

/** A scale that the reader chose, or the one that suits the zoom. */
export type ScaleChoice = ScaleId | "auto";

/** The nested scales that an automatic choice goes through, the finest first. */
const NESTED: ScaleId[] = ["adresse", "iris", "commune", "epci", "departement", "region"];

/** The scales of an edition that the reader's rights reach, the finest first. */
export function readable(manifest: Manifest, me: Me): ManifestScale[] {
  const finest = me.finest === null ? -1 : SCALES.indexOf(me.finest);
  return manifest.scales
    .filter((scale) => SCALES.indexOf(scale.id) >= finest)
    .sort((a, b) => SCALES.indexOf(a.id) - SCALES.indexOf(b.id));
}

/** The scale to draw. An automatic choice leaves one zoom level to the wider scale. */
export function active(
  choice: ScaleChoice,
  zoom: number,
  scales: ManifestScale[],
): ManifestScale | undefined {
  if (choice !== "auto") {
    const chosen = scales.find((scale) => scale.id === choice);
    if (chosen) return chosen;
  }
  const nested = NESTED.flatMap((id) => scales.filter((scale) => scale.id === id));
  const suited = nested.find((scale) => zoom >= scale.minzoom + 1);
  const within = nested.find((scale) => zoom >= scale.minzoom);
  return suited ?? within ?? nested.at(-1) ?? scales.at(-1);
}

/** The wider scales whose borders help the reader to find the way, the finest first. */
export function context(scale: ScaleId, scales: ManifestScale[]): ScaleId[] {
  const wider: ScaleId[] = ["commune", "epci", "departement"];
  return wider.filter(
    (id) => SCALES.indexOf(id) > SCALES.indexOf(scale) && scales.some((other) => other.id === id),
  );
}
