/** What shows the zones: a map, or the table alone where the browser cannot draw one. */

import type { Bounds, Catalogue, Indicator, ManifestScale, ScaleId, ZoneColumns } from "./types";

export interface ViewEvents {
  /** The view moved. */
  moved(): void;
  /** Everything in view is there. */
  settled(): void;
  /** A zone was chosen, or nothing. */
  chosen(zone: ZoneColumns | undefined, keyboard: boolean): void;
  /** An answer did not come; 0 without any. */
  failed(status: number): void;
}

export interface ZoneView {
  /** Resolves once something can be shown. */
  ready(): Promise<void>;
  /** Shows an indicator at a scale. */
  show(
    scale: ManifestScale,
    indicator: Indicator,
    catalogue: Catalogue,
    classes: number[] | undefined,
  ): void;
  /** Outlines a zone. */
  select(zone: { scale: ScaleId; code: string } | undefined): void;
  /** The zones shown at the drawn scale, each once, by name; without a map there is no view. */
  zonesInView(): { zones: ZoneColumns[]; complete: boolean } | undefined;
  /** Where the reader is; without a map it is nowhere. */
  position(): { zoom: number; lat: number; lng: number } | undefined;
  /** The zoom level that an automatic scale follows. */
  zoom(): number;
  /** Whether a scale is drawn at this zoom level. */
  reaches(scale: ManifestScale): boolean;
  /** Moves to a zoom level. */
  zoomTo(zoom: number): void;
  /** Shows a rectangle whole. */
  fit(bounds: Bounds): void;
  /** Asks again, after a failure. */
  retry(): void;
  /** Follows a change of its container's size. */
  resize(): void;
  /** Frees everything. */
  remove(): void;
}

/** Whether the browser can draw the map. */
export function canDraw(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}
