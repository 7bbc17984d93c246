/** The service's routes, and what can go wrong with them. */

import type { Catalogue, DemoAccount, Manifest, Me } from "./types";

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
