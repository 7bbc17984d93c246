/** The portal of a signed-in reader: choices, map, portrait and table, kept in step. */

import * as api from "./api";
import type { Found } from "./api";
import { Controls, lowered } from "./controls";
import { fill } from "./dom";
import { Downloads } from "./downloads";
import { parse, write } from "./hash";
import type { HashState } from "./hash";
import { drawLegend } from "./legend";
import { TileMap } from "./map";
import { Panel, announcement } from "./panel";
import { active, drawable, finest, learn, readable } from "./scales";
import type { ScaleChoice } from "./scales";
import { Rows } from "./rows";
import type { Row } from "./rows";
import { frame } from "./frame";
import type { Frame } from "./frame";
import { ZoneSearch } from "./search";
import { ZoneTable } from "./table";
import { canDraw } from "./view";
import type { ZoneView } from "./view";
import { offered } from "./words";
import { ZoneList } from "./zone-list";
import type {
  Bounds,
  Catalogue,
  Indicator,
  Manifest,
  ManifestScale,
  Me,
  ScaleId,
  ZoneColumns,
} from "./types";

export interface PortalEvents {
  signOut(): void;
  expired(): void;
  edition(id: string): void;
  account(): void;
  conventions(): void;
  administration(): void;
}

/** What the reader may see of one edition. */
interface Reach {
  me: Me;
  editions: Manifest[];
  manifest: Manifest;
  catalogue: Catalogue;
  scales: ManifestScale[];
  indicators: Indicator[];
}

/** The longest silence after a movement before the address bar follows, in milliseconds. */
const SETTLE = 250;

export class Portal {
  readonly #reach: Reach;
  readonly #events: PortalEvents;
  readonly #frame: Frame;
  readonly #map: ZoneView;
  readonly #panel: Panel;
  readonly #table: ZoneTable;
  readonly #rows: Rows;
  readonly #controls: Controls;
  readonly #downloads: Downloads;
  #choice: ScaleChoice;
  #indicator: Indicator;
  #drawn: ManifestScale;
  #zone: ZoneColumns | undefined;
  /** The zone of the address, until it is shown. */
  #wanted: HashState["zone"];
  /** The zone that was looked for last. */
  #found: HashState["zone"];
  #started = false;
  #broken = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Opens the newest edition, or the one asked for, in `root`. */
  static async open(
    root: HTMLElement,
    me: Me,
    editions: Manifest[],
    events: PortalEvents,
    id?: string,
  ): Promise<Portal | undefined> {
    editions.forEach(learn);
    const manifest = editions.find((edition) => edition.id === id) ?? editions[0];
    const scales = manifest ? readable(manifest, me) : [];
    const catalogue = manifest && (await api.catalogue(manifest.id));
    const indicators =
      catalogue?.indicators.filter((indicator) => indicator.audiences.includes(me.audience)) ?? [];
    // The response rate speaks of the survey: a map opens on what the survey says.
    const indicator = indicators.find(({ id }) => id !== "tx_reponse") ?? indicators[0];
    const scale = scales[0];
    if (!manifest || !catalogue || !indicator || !scale) {
      frame(root, me, "Aucune édition n’est publiée pour le moment.", events);
      return undefined;
    }
    const portal = new Portal(
      root,
      { me, editions, manifest, catalogue, scales, indicators },
      indicator,
      scale,
      events,
    );
    await portal.#start();
    return portal;
  }

  private constructor(
    root: HTMLElement,
    reach: Reach,
    indicator: Indicator,
    scale: ManifestScale,
    events: PortalEvents,
  ) {
    const { me, editions, manifest, catalogue, scales, indicators } = reach;
    const hash = parse(location.hash);
    this.#reach = reach;
    this.#events = events;
    this.#choice = hash.scale ?? "auto";
    this.#indicator = indicators.find(({ id }) => id === hash.indicator) ?? indicator;
    this.#drawn = scale;
    this.#wanted = hash.zone;
    this.#frame = frame(root, me, "", events);
    this.#panel = new Panel(() => this.#choose(undefined, true));
    this.#rows = new Rows(manifest.id, {
      changed: () => this.#list(),
      failed: (status) => this.#failed(status),
    });
    this.#table = new ZoneTable({
      choose: (row) => this.#pick(row),
      reach: (count) => this.#rows.reach(count),
    });
    this.#controls = new Controls(manifest, editions, scales, catalogue, indicators, {
      scale: (choice) => {
        this.#choice = choice;
        this.#draw();
      },
      indicator: (id) => {
        this.#indicator = indicators.find((candidate) => candidate.id === id) ?? this.#indicator;
        this.#draw();
      },
      edition: (id) => events.edition(id),
    });
    const search = new ZoneSearch(manifest.id, scales, (found) => void this.#find(found));
    fill(this.#frame.controls, search.element, this.#controls.element);
    this.#downloads = new Downloads(manifest.id);
    this.#frame.bar.append(this.#downloads.element);
    this.#frame.panel.append(this.#panel.element);
    this.#frame.table.append(this.#table.element);
    const start = hash.position
      ? { position: hash.position }
      : { bounds: me.bounds ?? overall(scales) };
    const heard = {
      moved: () => this.#moved(),
      settled: () => this.#settled(),
      chosen: (zone: ZoneColumns | undefined, keyboard: boolean) => this.#choose(zone, keyboard),
      failed: (status: number) => this.#failed(status),
    };
    const draws = canDraw();
    this.#map = draws
      ? new TileMap(this.#frame.map, manifest, scales, start, heard)
      : new ZoneList(this.#frame.map, heard);
    if (!draws) this.#frame.openTable();
    this.#frame.onTableShown(() => {
      this.#map.resize();
      this.#list();
    });
  }

  /** Stops the map and forgets the reader's figures. */
  close(): void {
    this.#started = false;
    clearTimeout(this.#timer);
    this.#map.remove();
    this.#rows.stop();
  }

  async #start(): Promise<void> {
    this.#frame.busy(true);
    await this.#map.ready();
    this.#started = true;
    this.#draw();
  }

  #draw(): void {
    const { catalogue, manifest } = this.#reach;
    this.#drawn = this.#suited() ?? this.#drawn;
    this.#frame.busy(true);
    this.#map.show(this.#drawn, this.#indicator, catalogue, manifest.classes[this.#indicator.id]);
    this.#controls.set(this.#choice, this.#drawn, this.#indicator);
    this.#downloads.show(this.#drawn);
    drawLegend(this.#frame.legend, this.#indicator, catalogue, manifest);
    if (this.#zone && this.#zone.scale !== this.#drawn.id) this.#choose(undefined, false);
    else if (this.#zone) this.#portray(this.#zone, false);
    this.#advise();
    this.#remember();
  }

  /** The scale to draw at this zoom. */
  #suited(): ManifestScale | undefined {
    const { scales, catalogue } = this.#reach;
    return drawable(this.#choice, this.#map.zoom(), scales, this.#indicator, catalogue);
  }

  /** Where a wider scale is drawn than the one that was chosen or suits the zoom: from which on. */
  #widened(): ScaleId | undefined {
    const { scales, catalogue } = this.#reach;
    const wanted = active(this.#choice, this.#map.zoom(), scales);
    return wanted?.id === this.#drawn.id ? undefined : finest(this.#indicator, catalogue);
  }

  #moved(): void {
    if (!this.#started) return;
    const drawn = this.#suited();
    if (drawn && drawn.id !== this.#drawn.id) this.#draw();
    else this.#advise();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#remember(), SETTLE);
  }

  #settled(): void {
    // An empty style settles too, before the first scale is drawn.
    if (!this.#started) return;
    this.#frame.busy(false);
    this.#advise();
    const wanted = this.#wanted;
    this.#list();
    if (wanted) {
      this.#wanted = undefined;
      const zone = this.#inView(wanted);
      if (zone) this.#choose(zone, false);
      else void this.#recall(wanted);
    }
  }

  /** Says how many zones are shown, and shows those of the territory where the table is open. */
  #list(): void {
    if (!this.#started) return;
    const { catalogue } = this.#reach;
    const rows = this.#rows;
    const open = this.#frame.tableShown();
    if (open) rows.show(this.#drawn, this.#indicator, catalogue);
    const view = this.#map.zonesInView();
    if (view) this.#frame.count(view.zones.length, view.complete, "dans la vue");
    else if (rows.total !== undefined) this.#frame.count(rows.total, true, "de votre territoire");
    if (!open) return;
    this.#table.show({
      rows: rows.all,
      total: rows.total,
      sortable: rows.sortable,
      complete: rows.complete,
      loading: rows.loading,
      scale: this.#drawn,
      indicator: this.#indicator,
      catalogue,
      selected: this.#zone?.scale === this.#drawn.id ? this.#zone.code : undefined,
    });
  }

  /** A zone that the map shows, with every figure. */
  #inView({ scale, code }: { scale: ScaleId; code: string }): ZoneColumns | undefined {
    const zones = this.#map.zonesInView()?.zones ?? [];
    return zones.find((zone) => zone.scale === scale && zone.code === code);
  }

  /** Chooses a zone of the table; the map goes where it is. */
  #pick(row: Row): void {
    const zone = this.#inView(row);
    if (zone) this.#choose(zone, true);
    else void this.#find({ ...row, nom: row.name });
  }

  /** The zone of the address, where it is not in view. */
  async #recall({ scale, code }: { scale: ScaleId; code: string }): Promise<void> {
    const zone = await api.zone(this.#reach.manifest.id, scale, code).catch(() => undefined);
    if (this.#started && zone && !this.#zone) this.#choose(zone, false);
  }

  /** Goes to a zone that was looked for, and shows its portrait whether or not its tile is there. */
  async #find({ scale, code, bounds }: Found): Promise<void> {
    const found = { scale, code };
    this.#found = found;
    this.#choice = scale;
    this.#wanted = undefined;
    this.#map.fit(bounds);
    this.#draw();
    try {
      const zone = await api.zone(this.#reach.manifest.id, scale, code);
      // Another may have been looked for meanwhile.
      if (this.#started && zone && this.#found === found) this.#choose(zone, true);
    } catch (error) {
      this.#failed(error instanceof api.ApiError ? error.status : 0);
    }
  }

  #choose(zone: ZoneColumns | undefined, keyboard: boolean): void {
    this.#zone = zone;
    this.#map.select(zone);
    if (zone) {
      this.#portray(zone, keyboard);
      const { catalogue } = this.#reach;
      this.#frame.announce(announcement(zone, this.#scaleOf(zone), this.#indicator, catalogue));
    } else {
      const held = this.#panel.element.contains(document.activeElement);
      this.#panel.hide();
      if (held) this.#frame.focusMap();
    }
    this.#frame.panel.classList.toggle("open", zone !== undefined);
    this.#map.resize();
    if (this.#frame.tableShown()) this.#list();
    this.#remember();
  }

  #portray(zone: ZoneColumns, focus: boolean): void {
    const { indicators, catalogue, manifest } = this.#reach;
    const scale = this.#scaleOf(zone);
    this.#panel.show(zone, scale, this.#indicator, indicators, catalogue, manifest, focus);
  }

  /** The scale of a zone: where another is drawn, a search may still have found it. */
  #scaleOf(zone: ZoneColumns): ManifestScale {
    return this.#reach.scales.find(({ id }) => id === zone.scale) ?? this.#drawn;
  }

  #advise(): void {
    const { me, manifest } = this.#reach;
    const { label, minzoom } = this.#drawn;
    const widened = this.#widened();
    if (this.#broken) {
      this.#frame.notice(
        "Le service ne répond pas : des zones peuvent manquer sur la carte.",
        "Réessayer",
        () => {
          this.#broken = false;
          this.#frame.busy(true);
          this.#map.retry();
          this.#rows.retry();
          this.#advise();
        },
      );
    } else if (!this.#map.reaches(this.#drawn)) {
      const text = `L’échelle « ${lowered(label)} » se lit de plus près.`;
      this.#frame.notice(text, "Zoomer jusqu’à elle", () => this.#map.zoomTo(minzoom));
    } else if (widened !== undefined) {
      const from = offered(widened, manifest.scales);
      const drawn = `la carte montre «\u00a0${lowered(label)}\u00a0»`;
      this.#frame.notice(`«\u00a0${this.#indicator.label}\u00a0» est ${from}\u00a0; ${drawn}.`);
    } else if (me.bounds === null) {
      this.#frame.notice("Votre compte n’a pas encore de territoire dans cette édition.");
    } else {
      this.#frame.notice("");
    }
  }

  #failed(status: number): void {
    // 404 is the answer for what one may not see: nothing to repair.
    if (status === 401) {
      // Several tiles say so at once; the first ends this portal.
      if (this.#started) this.#events.expired();
      this.#started = false;
    } else if (status === 0 || status === 429 || status >= 500) {
      this.#broken = true;
      this.#frame.busy(false);
      this.#advise();
    }
  }

  #remember(): void {
    const state: HashState = { scale: this.#choice, indicator: this.#indicator.id };
    const position = this.#map.position();
    if (position) state.position = position;
    const zone = this.#zone ?? this.#wanted;
    if (zone) state.zone = { scale: zone.scale, code: zone.code };
    history.replaceState(null, "", write(state));
  }
}

function overall(scales: ManifestScale[]): Bounds {
  return scales.reduce<Bounds>(
    ([west, south, east, north], { bounds }) => [
      Math.min(west, bounds[0]),
      Math.min(south, bounds[1]),
      Math.max(east, bounds[2]),
      Math.max(north, bounds[3]),
    ],
    [180, 85, -180, -85],
  );
}
