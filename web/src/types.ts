/** The documents that the service answers with, as the portal reads them. */

export const SCALES = [
  "adresse",
  "carreau",
  "iris",
  "qpv",
  "arrondissement",
  "commune",
  "epci",
  "ept",
  "departement",
  "region",
  "france",
] as const;

/** A scale of the map; the order of `SCALES` is the grain, the finest first. */
export type ScaleId = (typeof SCALES)[number];

export type Bounds = [west: number, south: number, east: number, north: number];
export type Audience = "public_mission" | "bailleur";
export type Unit = "pourcent" | "personnes" | "annees" | "euros_m2";

export interface Me {
  email: string;
  role: string;
  audience: Audience;
  territories: string[];
  finest: ScaleId | null;
  bounds: Bounds | null;
  /** Without the clauses accepted nothing else is shown. */
  clauses_accepted: boolean;
  /** The second at which the convention is over. */
  until: number | null;
}

export interface ManifestScale {
  id: ScaleId;
  label: string;
  minzoom: number;
  maxzoom: number;
  zones: number;
  bounds: Bounds;
}

export interface Manifest {
  id: string;
  vintage: number;
  revision: number;
  threshold: number;
  scales: ManifestScale[];
  /** Upper bounds of the legend classes but the last, rising; 0 is a class of its own. */
  classes: Record<string, number[]>;
  attribution: string;
}

export interface Family {
  id: string;
  label: string;
}

export interface Universe {
  id: string;
  label: string;
  members: string;
  /** Universes that contain this one; empty for the register alone. */
  parents: string[];
  /** The finest scale at which it is offered; every scale where absent. */
  finest?: ScaleId;
  audiences: Audience[];
}

export interface Indicator {
  id: string;
  label: string;
  definition: string;
  source: string;
  family: string;
  universe: string;
  unit: Unit;
  audiences: Audience[];
}

export interface Catalogue {
  families: Family[];
  universes: Universe[];
  indicators: Indicator[];
}

export interface DemoAccount {
  email: string;
  password: string;
  label: string;
}

/** The columns of a zone in a tile. A secret or meaningless figure is absent. */
export type Columns = Record<string, unknown>;

/** One zone of the map, as a tile gave it. */
export interface ZoneColumns {
  scale: ScaleId;
  code: string;
  name: string;
  columns: Columns;
}
