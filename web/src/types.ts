/** The documents that the service answers with, as the portal reads them. */

/** The identifier of a scale: a built-in one, or a zoning that the operator declared. */
export type ScaleId = string;

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
  /** The person's accounts, one for each convention. */
  mandates: Mandate[];
}

/** One of the accounts that a person may use. */
export interface Mandate {
  id: string;
  convention: string;
  organisation: string;
  role: string;
  until: number | null;
  open: boolean;
  current: boolean;
}

export interface ManifestScale {
  id: ScaleId;
  label: string;
  minzoom: number;
  maxzoom: number;
  zones: number;
  bounds: Bounds;
  /** What the operator declared: `grain` is the built-in scale whose place it takes. */
  zoning?: { grain: ScaleId };
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
  /** The digest of each file of the edition. */
  files: Record<string, string>;
}

export interface Family {
  id: string;
  label: string;
  /** Which of its extreme figures are kept back; none where absent. */
  extremes?: "high" | "both";
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
