/** The service's routes, and what can go wrong with them. */

import type { Row } from "./rows";
import type {
  Bounds,
  Catalogue,
  Columns,
  DemoAccount,
  Manifest,
  Me,
  ScaleId,
  ZoneColumns,
} from "./types";

/** Why an answer did not come. */
export class ApiError extends Error {
  /** `status` is 0 when no answer came at all. */
  constructor(
    readonly status: number,
    readonly retryAfter: number | undefined = undefined,
    /** What the service says of it, in French. */
    readonly detail: string | undefined = undefined,
  ) {
    super(`HTTP ${status}`);
  }

  /** Nobody is signed in, or no longer. */
  get signedOut(): boolean {
    return this.status === 401;
  }
}

/** The longest wait for an answer, in milliseconds. */
const PATIENCE = 20_000;
/** The longest that a file may take to leave. */
const UPLOAD_PATIENCE = 130_000;

/** Who is signed in. */
export function me(): Promise<Me> {
  return json<Me>("/api/me");
}

/** The active editions, the newest first. */
export async function editions(): Promise<Manifest[]> {
  const found = await json<Manifest[]>("/editions");
  return found.sort((a, b) => b.vintage - a.vintage || b.revision - a.revision);
}

/** What an edition counts. */
export function catalogue(edition: string): Promise<Catalogue> {
  return json<Catalogue>(`/editions/${encodeURIComponent(edition)}/indicators`);
}

/** A zone that a search found. */
export interface Found {
  scale: ScaleId;
  code: string;
  nom: string | null;
  bounds: Bounds;
}

/** The zones that the reader may see whose name or code holds a text. */
export async function search(edition: string, text: string, limit: number): Promise<Found[]> {
  const query = new URLSearchParams({ q: text, limit: String(limit) });
  const path = `/editions/${encodeURIComponent(edition)}/search?${query.toString()}`;
  return (await json<{ zones: Found[] }>(path)).zones;
}

/** The columns of the zones of a scale that the reader may see. */
export async function columns(edition: string, scale: ScaleId): Promise<string[]> {
  const path = `/tiles/${encodeURIComponent(edition)}/${encodeURIComponent(scale)}.json`;
  const about = await json<{ vector_layers: { fields: Record<string, string> }[] }>(path);
  return Object.keys(about.vector_layers[0]?.fields ?? {});
}

/** How many zones of a scale the reader may see. */
export async function visible(edition: string, scale: ScaleId): Promise<number> {
  const collection = encodeURIComponent(`${edition}.${scale}`);
  return (await json<{ itemCount: number }>(`/ogc/collections/${collection}?f=json`)).itemCount;
}

/** A page of the zones of a scale that the reader may see, by code, with some columns. */
export async function zones(
  edition: string,
  scale: ScaleId,
  fields: string[],
  limit: number,
  after: string | undefined,
): Promise<{ zones: Row[]; next: string | undefined }> {
  const query = new URLSearchParams({ scale, fields: fields.join(","), limit: String(limit) });
  if (after !== undefined) query.set("after", after);
  const path = `/editions/${encodeURIComponent(edition)}/zones?${query.toString()}`;
  const page = await json<{ zones: (Columns & { bounds: Bounds })[]; next?: string | null }>(path);
  const zones = page.zones.map((own) => ({ ...zoneOf(scale, own), bounds: own.bounds }));
  return { zones, next: page.next ?? undefined };
}

/** A zone with every figure; `undefined` where the reader has none of that code. */
export async function zone(
  edition: string,
  scale: ScaleId,
  code: string,
): Promise<ZoneColumns | undefined> {
  const collection = encodeURIComponent(`${edition}.${scale}`);
  try {
    const path = `/ogc/collections/${collection}/items/${encodeURIComponent(code)}?f=json`;
    const feature = await json<{ properties: Columns }>(path);
    return zoneOf(scale, feature.properties);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function zoneOf(scale: ScaleId, columns: Columns): ZoneColumns {
  const code = String(columns["code"]);
  const name = columns["nom"];
  return { scale, code, name: typeof name === "string" && name !== "" ? name : code, columns };
}

/** The accounts of a demonstration; none elsewhere. */
export async function demoAccounts(): Promise<DemoAccount[]> {
  try {
    const answer = await json<{ accounts: DemoAccount[] }>("/api/demo");
    return answer.accounts;
  } catch {
    return [];
  }
}

/** Opens a session: the answer sets a cookie that scripts cannot read. */
export async function signIn(email: string, password: string): Promise<void> {
  await call("/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await call("/session", { method: "DELETE" });
}

/** Asks for a change. */
export async function ask(method: string, path: string, body?: unknown): Promise<void> {
  await change(method, path, body);
}

/** Asks for a change that has an answer. */
export async function answer<T>(method: string, path: string, body: unknown): Promise<T> {
  return (await (await change(method, path, body)).json()) as T;
}

function change(method: string, path: string, body: unknown): Promise<Response> {
  if (body === undefined) return call(path, { method });
  const headers = { "Content-Type": "application/json" };
  return call(path, { method, headers, body: JSON.stringify(body) });
}

/** A document of the service. */
export async function json<T>(path: string): Promise<T> {
  const response = await call(path, { headers: { Accept: "application/json" } });
  return (await response.json()) as T;
}

/** Sends a file as it is. */
export async function upload(path: string, file: File): Promise<void> {
  const headers = { "Content-Type": file.type || "application/pdf" };
  await call(path, { method: "POST", headers, body: file }, UPLOAD_PATIENCE);
}

async function call(path: string, init: RequestInit, patience = PATIENCE): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      credentials: "same-origin",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new ApiError(0);
  }
  if (response.ok) return response;
  const seconds = Number(response.headers.get("Retry-After") ?? "");
  throw new ApiError(
    response.status,
    Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    await detail(response),
  );
}

async function detail(response: Response): Promise<string | undefined> {
  try {
    const problem = (await response.json()) as { detail?: unknown };
    return typeof problem.detail === "string" ? problem.detail : undefined;
  } catch {
    return undefined;
  }
}
