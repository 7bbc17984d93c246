/** How the map opens, moves and speaks. */

import type { LngLatBoundsLike } from "maplibre-gl";

import type { Bounds } from "./types";

/** What the map library says to people. */
export const FRENCH = {
  "AttributionControl.ToggleAttribution": "Afficher ou masquer les sources",
  "CooperativeGesturesHandler.MacHelpText": "Maintenir ⌘ et faire défiler pour zoomer",
  "CooperativeGesturesHandler.MobileHelpText": "Déplacer la carte avec deux doigts",
  "CooperativeGesturesHandler.WindowsHelpText": "Maintenir Ctrl et faire défiler pour zoomer",
  "Map.Title":
    "Carte : flèches pour se déplacer, plus et moins pour zoomer, Entrée pour choisir la zone du centre",
  "NavigationControl.ResetBearing": "Remettre le nord en haut",
  "NavigationControl.ZoomIn": "Zoomer",
  "NavigationControl.ZoomOut": "Dézoomer",
  "ScaleControl.Meters": "m",
  "ScaleControl.Kilometers": "km",
};

/** Where the map opens. */
export type Start = { position: { zoom: number; lat: number; lng: number } } | { bounds: Bounds };

/** The same, as the map library wants it. */
export function camera(
  start: Start,
):
  | { center: [number, number]; zoom: number }
  | { bounds: LngLatBoundsLike; fitBoundsOptions: { padding: number } } {
  if ("bounds" in start) return { bounds: start.bounds, fitBoundsOptions: { padding: 24 } };
  const { lng, lat, zoom } = start.position;
  return { center: [lng, lat], zoom };
}

/** Whether the reader asked for less movement. */
export function stillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
