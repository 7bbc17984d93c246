/** The sources and layers of the map: every scale is there, few are visible at a time. */

import type {
  FilterSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";

import { NOT_APPLICABLE } from "./classes";
import { isPoint } from "./scales";
import type { Manifest, ManifestScale, ScaleId } from "./types";

/** Nothing has this code: the filter of an empty selection. */
const NONE: FilterSpecification = ["==", ["get", "code"], ""];

/** Borders of the drawn scale: a grey that shows on the lightest and on the darkest class. */
export const DRAWN_EDGE = "#8696a4";

/** Borders of wider scales. */
export const CONTEXT_EDGE = "#1f2b36";

const FONT = ["system-ui", "sans-serif"];

/** The names of a scale's layers. */
export const layer = {
  fill: (scale: ScaleId) => `${scale}-valeur`,
  secret: (scale: ScaleId) => `${scale}-secret`,
  halo: (scale: ScaleId) => `${scale}-halo`,
  edge: (scale: ScaleId) => `${scale}-bord`,
  selected: (scale: ScaleId) => `${scale}-choisie`,
  ground: "sol",
  labels: (scale: ScaleId) => `${scale}-noms`,
};

/** The filter of the selected zone. */
export function codeIs(code: string | undefined): FilterSpecification {
  return code === undefined ? NONE : ["==", ["get", "code"], code];
}

/** The whole style of an edition; `origin` is the address of the service. */
export function style(
  manifest: Manifest,
  scales: ManifestScale[],
  origin: string,
): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {};
  for (const scale of scales) {
    for (const source of sourcesOf(scale.id, manifest)) {
      sources[source] = {
        type: "vector",
        tiles: [`${origin}/tiles/${manifest.id}/${source}/{z}/{x}/{y}.mvt`],
        minzoom: scale.minzoom,
        maxzoom: scale.maxzoom,
        bounds: scale.bounds,
        attribution: manifest.attribution,
      };
    }
  }
  const widestFirst = [...scales].reverse();
  return {
    version: 8,
    sources,
    layers: [
      { id: "fond", type: "background", paint: { "background-color": "#e9edf0" } },
      ...ground(scales),
      ...widestFirst.flatMap((scale) => values(scale.id)),
      ...scales.filter((scale) => !isPoint(scale.id)).flatMap((scale) => edge(scale.id)),
      ...scales.map((scale) => selected(scale.id)),
      ...scales.filter((scale) => !isPoint(scale.id)).map((scale) => labels(scale.id, manifest)),
    ],
  };
}

function ground(scales: ManifestScale[]): LayerSpecification[] {
  if (!scales.some((scale) => scale.id === "commune")) return [];
  return [
    {
      id: layer.ground,
      type: "fill",
      source: "commune",
      "source-layer": "commune",
      layout: { visibility: "none" },
      paint: { "fill-color": "#f6f7f7" },
    },
  ];
}

function values(scale: ScaleId): LayerSpecification[] {
  const common = { source: scale, "source-layer": scale, layout: { visibility: "none" as const } };
  if (isPoint(scale)) {
    return [
      {
        id: layer.fill(scale),
        type: "circle",
        ...common,
        paint: {
          "circle-color": NOT_APPLICABLE,
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 3, 14, 5.5, 17, 9],
          "circle-stroke-color": "#33414e",
          "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 12, 0.4, 15, 1],
        },
      },
      {
        id: layer.secret(scale),
        type: "symbol",
        ...common,
        layout: {
          visibility: "none",
          "icon-image": "secret-point",
          "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.65, 14, 1.15, 17, 1.8],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
        },
      },
    ];
  }
  return [
    {
      id: layer.fill(scale),
      type: "fill",
      ...common,
      paint: { "fill-color": NOT_APPLICABLE, "fill-antialias": false },
    },
    { id: layer.secret(scale), type: "fill", ...common, paint: { "fill-pattern": "secret" } },
  ];
}

/** A border, and the light halo that keeps a context border readable on dark fills. */
function edge(scale: ScaleId): LayerSpecification[] {
  const common = {
    source: scale,
    "source-layer": scale,
    layout: { visibility: "none", "line-join": "round" },
  } as const;
  return [
    {
      id: layer.halo(scale),
      type: "line",
      ...common,
      paint: { "line-color": "#ffffff", "line-opacity": 0.75, "line-width": 3.4 },
    },
    {
      id: layer.edge(scale),
      type: "line",
      ...common,
      paint: { "line-color": DRAWN_EDGE, "line-width": 0.8 },
    },
  ];
}

function selected(scale: ScaleId): LayerSpecification {
  const common = { source: scale, "source-layer": scale, filter: NONE };
  if (isPoint(scale)) {
    return {
      id: layer.selected(scale),
      type: "circle",
      ...common,
      layout: { visibility: "none" },
      paint: {
        "circle-color": "rgba(0, 0, 0, 0)",
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 6, 14, 9, 17, 13],
        "circle-stroke-color": "#b5380a",
        "circle-stroke-width": 3,
      },
    };
  }
  return {
    id: layer.selected(scale),
    type: "line",
    ...common,
    layout: { visibility: "none", "line-join": "round" },
    paint: { "line-color": "#b5380a", "line-width": 3 },
  };
}

/**
 * Where the names of a scale stand: its label points, one for each zone, or the zones themselves of
 * an edition that has none.
 */
function labelSource(scale: ScaleId, manifest: Manifest): string {
  return `${scale}.labels.pmtiles` in manifest.files ? `${scale}.labels` : scale;
}

/** The sources of a scale. */
export function sourcesOf(scale: ScaleId, manifest: Manifest): string[] {
  return isPoint(scale) ? [scale] : [...new Set([scale, labelSource(scale, manifest)])];
}

/** Names are drawn with the fonts of the reader's machine: the style names no glyph server. */
function labels(scale: ScaleId, manifest: Manifest): LayerSpecification {
  return {
    id: layer.labels(scale),
    type: "symbol",
    source: labelSource(scale, manifest),
    "source-layer": scale,
    layout: {
      visibility: "none",
      "text-field": ["get", "nom"],
      "text-font": FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11, 13, 14],
      "text-max-width": 8,
      "text-padding": 6,
    },
    paint: {
      "text-color": "#16232e",
      "text-halo-color": "rgba(255, 255, 255, 0.92)",
      "text-halo-width": 1.6,
    },
  };
}
