/** The zones of a scale without a map, for a browser that cannot draw one. */

import * as api from "./api";
import { fill, h } from "./dom";
import type { Catalogue, Indicator, Manifest, ManifestScale, ZoneColumns } from "./types";
import type { ViewEvents, ZoneView } from "./view";

/** The zones that are listed at once; a search finds the others. */
const LISTED = 200;

/** The zoom level at which an automatic scale is the commune's. */
const ZOOM = 9;

export class ZoneList implements ZoneView {
  readonly place = "de votre territoire";
  readonly #manifest: Manifest;
  readonly #events: ViewEvents;
  #scale: ManifestScale | undefined;
  #zones: ZoneColumns[] = [];
  #complete = true;
  #closed = false;

  constructor(container: HTMLElement, manifest: Manifest, events: ViewEvents) {
    this.#manifest = manifest;
    this.#events = events;
    fill(
      container,
      h(
        "p",
        { class: "no-map" },
        "Ce navigateur ne peut pas dessiner la carte : elle a besoin de WebGL 2. Le tableau, la recherche et les portraits disent la même chose qu’elle.",
      ),
    );
    container.classList.add("without-map");
  }

  async ready(): Promise<void> {}

  show(scale: ManifestScale, _indicator: Indicator, _catalogue: Catalogue): void {
    // Rows hold every indicator: another one asks nothing.
    if (this.#scale?.id === scale.id) {
      this.#events.settled();
      return;
    }
    this.#scale = scale;
    void this.#load(scale);
  }

  select(): void {}

  zonesInView(): { zones: ZoneColumns[]; complete: boolean } {
    return { zones: this.#zones, complete: this.#complete };
  }

  position(): undefined {
    return undefined;
  }

  zoom(): number {
    return ZOOM;
  }

  reaches(): boolean {
    return true;
  }

  zoomTo(): void {}

  fit(): void {}

  retry(): void {
    if (this.#scale) void this.#load(this.#scale);
  }

  resize(): void {}

  remove(): void {
    this.#closed = true;
    this.#zones = [];
  }

  async #load(scale: ManifestScale): Promise<void> {
    this.#zones = [];
    try {
      const { zones, complete } = await api.zones(this.#manifest.id, scale.id, LISTED);
      // Another scale may have been asked for meanwhile.
      if (this.#closed || this.#scale?.id !== scale.id) return;
      this.#zones = zones.sort(
        (a, b) => a.name.localeCompare(b.name, "fr") || a.code.localeCompare(b.code),
      );
      this.#complete = complete;
      this.#events.settled();
    } catch (error) {
      if (!this.#closed) this.#events.failed(error instanceof api.ApiError ? error.status : 0);
    }
  }
}
