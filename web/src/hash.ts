/** What the address bar keeps: position, scale, indicator, zone. */

import { isScale } from "./scales";
import type { ScaleChoice } from "./scales";
import type { ScaleId } from "./types";

export interface HashState {
  position?: { zoom: number; lat: number; lng: number };
  scale?: ScaleChoice;
  indicator?: string;
  zone?: { scale: ScaleId; code: string };
}

const CODE = /^[A-Za-z0-9_-]{1,64}$/;
const ID = /^[a-z0-9_]{1,64}$/;

/** Reads the fragment of an address. What is malformed is as if absent. */
export function parse(hash: string): HashState {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const state: HashState = {};
  const position = parsePosition(parameters.get("carte"));
  if (position) state.position = position;
  const scale = parameters.get("echelle");
  if (scale === "auto" || isScale(scale)) state.scale = scale;
  const indicator = parameters.get("indicateur");
  if (indicator !== null && ID.test(indicator)) state.indicator = indicator;
  const [zoneScale, code] = (parameters.get("zone") ?? "").split(":");
  if (isScale(zoneScale) && code !== undefined && CODE.test(code))
    state.zone = { scale: zoneScale, code };
  return state;
}

/** Writes the fragment of an address, with its `#`. */
export function write(state: HashState): string {
  const parts: string[] = [];
  if (state.position) {
    const { zoom, lat, lng } = state.position;
    parts.push(`carte=${zoom.toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
  }
  if (state.scale) parts.push(`echelle=${state.scale}`);
  if (state.indicator) parts.push(`indicateur=${state.indicator}`);
  if (state.zone) parts.push(`zone=${state.zone.scale}:${state.zone.code}`);
  return `#${parts.join("&")}`;
}

function parsePosition(text: string | null): HashState["position"] {
  const numbers = (text ?? "").split("/").map((part) => (part === "" ? NaN : Number(part)));
  const [zoom = NaN, lat = NaN, lng = NaN] = numbers;
  const sane =
    numbers.length === 3 && zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return sane ? { zoom, lat, lng } : undefined;
}
