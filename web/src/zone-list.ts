/** What stands in the place of the map where a browser cannot draw one: the table shows the zones. */

import { fill, h } from "./dom";
import type { ViewEvents, ZoneView } from "./view";

/** The zoom level at which an automatic scale is the commune's. */
const ZOOM = 9;

export class ZoneList implements ZoneView {
  readonly #events: ViewEvents;

  constructor(container: HTMLElement, events: ViewEvents) {
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

  show(): void {
    this.#events.settled();
  }

  select(): void {}

  zonesInView(): undefined {
    return undefined;
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
    this.#events.settled();
  }

  resize(): void {}

  remove(): void {}
}
