/** The map: one MapLibre instance, told what to show. */

import {
  AttributionControl,
  Map as MapLibre,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import type { LngLatBoundsLike, MapGeoJSONFeature, PointLike, VectorTileSource } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import { color, secret, shown } from "./expressions";
import { FRENCH, camera, stillness } from "./camera";
import type { Start } from "./camera";
import { CONTEXT_EDGE, DRAWN_EDGE, codeIs, layer, sourcesOf, style } from "./layers";
import { hatchedDisc, hatching } from "./pattern.mjs";
import { context, isPoint } from "./scales";
import type {
  Bounds,
  Catalogue,
  Indicator,
  Manifest,
  ManifestScale,
  ScaleId,
  ZoneColumns,
} from "./types";
import type { ViewEvents, ZoneView } from "./view";

setWorkerUrl(workerUrl);

/** Zones farther than this from a click, in pixels, are not meant (points only). */
const REACH = 7;

/** The most zones that a view lists. */
export const VIEW_LIMIT = 500;

/** The nearest that a search brings the reader: a point has no size to fill the map with. */
const NEAREST = 16;

export class TileMap implements ZoneView {
  readonly #map: MapLibre;
  readonly #manifest: Manifest;
  readonly #scales: ManifestScale[];
  #shown: { scale: ManifestScale; indicator: Indicator } | undefined;

  constructor(
    container: HTMLElement,
    manifest: Manifest,
    scales: ManifestScale[],
    start: Start,
    events: ViewEvents,
  ) {
    this.#manifest = manifest;
    this.#scales = scales;
    this.#map = new MapLibre({
      container,
      style: style(manifest, scales, location.origin),
      locale: FRENCH,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 18,
      fadeDuration: 0,
      // One finger scrolls the page there, two move the map.
      cooperativeGestures: matchMedia("(max-width: 760px)").matches,
      ...camera(start),
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    // Attribution may take the whole width below: the scale bar would lie under it.
    this.#map.addControl(new ScaleControl({ maxWidth: 110 }), "top-left");
    this.#map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    this.#listen(events);
  }

  /** Resolves once layers can be changed. */
  async ready(): Promise<void> {
    if (!this.#map.isStyleLoaded()) await this.#map.once("load");
    this.#map.addImage("secret", hatching(2), { pixelRatio: 2 });
    this.#map.addImage("secret-point", hatchedDisc(2), { pixelRatio: 2 });
  }

  /** Draws an indicator at a scale, with wider borders as context. */
  show(
    scale: ManifestScale,
    indicator: Indicator,
    catalogue: Catalogue,
    classes: number[] | undefined,
  ): void {
    this.#shown = { scale, indicator };
    const wider = context(scale.id, this.#scales);
    // Names of the drawn scale, or of communes where the drawn scale is finer.
    const named = wider.includes("commune") ? "commune" : scale.id;
    for (const { id } of this.#scales) {
      const drawn = id === scale.id;
      this.#visible(layer.fill(id), drawn);
      this.#visible(layer.secret(id), drawn);
      this.#visible(layer.selected(id), drawn);
      if (!isPoint(id)) {
        this.#visible(layer.edge(id), drawn || wider.includes(id));
        this.#visible(layer.halo(id), wider.includes(id));
        this.#visible(layer.labels(id), id === named);
        this.#edge(id, wider.indexOf(id));
      }
    }
    const paint = color(indicator, classes);
    if (isPoint(scale.id)) this.#map.setPaintProperty(layer.fill(scale.id), "circle-color", paint);
    else this.#map.setPaintProperty(layer.fill(scale.id), "fill-color", paint);
    this.#map.setFilter(layer.fill(scale.id), shown(indicator, scale.id, catalogue));
    this.#map.setFilter(layer.secret(scale.id), secret(indicator, scale.id, catalogue));
    if (this.#map.getLayer(layer.ground)) {
      this.#visible(layer.ground, wider.includes("commune"));
    }
  }

  /** Outlines a zone. */
  select(zone: { scale: ScaleId; code: string } | undefined): void {
    for (const { id } of this.#scales) {
      this.#map.setFilter(layer.selected(id), codeIs(zone?.scale === id ? zone.code : undefined));
    }
  }

  /** The zones in view at the drawn scale, each once, by name. */
  zonesInView(): { zones: ZoneColumns[]; complete: boolean } {
    const zones = new Map<string, ZoneColumns>();
    for (const feature of this.#map.queryRenderedFeatures({ layers: this.#layers() })) {
      const zone = this.#zone(feature);
      if (zone && !zones.has(zone.code)) zones.set(zone.code, zone);
    }
    const sorted = [...zones.values()].sort(
      (a, b) => a.name.localeCompare(b.name, "fr") || a.code.localeCompare(b.code),
    );
    return { zones: sorted.slice(0, VIEW_LIMIT), complete: sorted.length <= VIEW_LIMIT };
  }

  /** Where the reader is. */
  position(): { zoom: number; lat: number; lng: number } {
    const { lat, lng } = this.#map.getCenter();
    return { zoom: this.#map.getZoom(), lat, lng };
  }

  /** The zoom level. */
  zoom(): number {
    return this.#map.getZoom();
  }

  /** Whether a scale has tiles at this zoom level. */
  reaches(scale: ManifestScale): boolean {
    return this.zoom() >= scale.minzoom;
  }

  /** Moves to a zoom level. */
  zoomTo(zoom: number): void {
    this.#map.easeTo({ zoom, duration: stillness() ? 0 : 400 });
  }

  /** Shows a rectangle whole. */
  fit(bounds: Bounds): void {
    this.#map.fitBounds(bounds as LngLatBoundsLike, {
      padding: 24,
      maxZoom: NEAREST,
      duration: stillness() ? 0 : 600,
    });
  }

  /** Asks again for the tiles, after a failure. */
  retry(): void {
    for (const id of this.#scales.flatMap(({ id }) => sourcesOf(id, this.#manifest))) {
      const source = this.#map.getSource<VectorTileSource>(id);
      if (source?.tiles) source.setTiles(source.tiles);
    }
  }

  /** Follows a change of its container's size. */
  resize(): void {
    this.#map.resize();
  }

  /** Frees everything. */
  remove(): void {
    this.#map.remove();
  }

  #listen(events: ViewEvents): void {
    const choose = (point: { x: number; y: number }, keyboard: boolean) => {
      events.chosen(this.#at(point), keyboard);
    };
    this.#map.on("click", (event) => choose(event.point, false));
    this.#map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      const canvas = this.#map.getCanvas();
      choose({ x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 }, true);
    });
    this.#map.on("mousemove", (event) => {
      this.#map.getCanvas().style.cursor = this.#at(event.point) ? "pointer" : "";
    });
    this.#map.on("moveend", () => events.moved());
    this.#map.on("zoom", () => events.moved());
    this.#map.on("idle", () => events.settled());
    this.#map.on("error", ({ error }) => {
      const status = (error as { status?: unknown }).status;
      if (typeof status === "number") events.failed(status);
      else if (error instanceof TypeError) events.failed(0);
      else console.error(error);
    });
  }

  #layers(): string[] {
    if (!this.#shown) return [];
    const { id } = this.#shown.scale;
    return [layer.fill(id), layer.secret(id)].filter((name) => this.#map.getLayer(name));
  }

  #at({ x, y }: { x: number; y: number }): ZoneColumns | undefined {
    if (!this.#shown) return undefined;
    const reach = isPoint(this.#shown.scale.id) ? REACH : 0;
    const box: [PointLike, PointLike] = [
      [x - reach, y - reach],
      [x + reach, y + reach],
    ];
    const found = this.#map.queryRenderedFeatures(reach === 0 ? [x, y] : box, {
      layers: this.#layers(),
    });
    const away = (feature: MapGeoJSONFeature) => {
      if (feature.geometry.type !== "Point") return 0;
      const point = this.#map.project(feature.geometry.coordinates as [number, number]);
      return Math.hypot(point.x - x, point.y - y);
    };
    const nearest = found.sort((a, b) => away(a) - away(b))[0];
    return nearest && this.#zone(nearest);
  }

  #zone(feature: MapGeoJSONFeature): ZoneColumns | undefined {
    const columns = feature.properties;
    const code: unknown = columns["code"];
    if (typeof code !== "string" || !this.#shown) return undefined;
    const name: unknown = columns["nom"];
    const named = typeof name === "string" && name !== "" ? name : code;
    return { scale: this.#shown.scale.id, code, name: named, columns };
  }

  #visible(id: string, visible: boolean): void {
    if (!this.#map.getLayer(id)) return;
    const wanted = visible ? "visible" : "none";
    if (this.#map.getLayoutProperty(id, "visibility") !== wanted) {
      this.#map.setLayoutProperty(id, "visibility", wanted);
    }
  }

  #edge(scale: ScaleId, rank: number): void {
    const width = rank < 0 ? 0.8 : 1 + rank * 0.5;
    this.#map.setPaintProperty(layer.edge(scale), "line-width", width);
    this.#map.setPaintProperty(layer.halo(scale), "line-width", width + 2.2);
    this.#map.setPaintProperty(
      layer.edge(scale),
      "line-color",
      rank < 0 ? DRAWN_EDGE : CONTEXT_EDGE,
    );
  }
}
