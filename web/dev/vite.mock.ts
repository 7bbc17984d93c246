/**
 * `npm run dev` and `npm run mock`: the portal over invented answers, for looking at it without the
 * service. `mock` serves the built files as the service would, its content policy included.
 */

import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { defineConfig } from "vite";
import type { Connect } from "vite";

import { bounded, catalogue, features, manifest } from "./territory";

const ACCOUNTS = [
  { email: "operateur@demo.example", password: "demo-operateur", label: "Opérateur national" },
  { email: "epci@demo.example", password: "demo-epci", label: "Intercommunalité" },
  { email: "vide@demo.example", password: "demo-vide", label: "Compte sans territoire" },
];

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const indexes = Object.fromEntries(
  Object.entries(features).map(([scale, list]) => [
    scale,
    new GeoJSONVT(
      { type: "FeatureCollection", features: list },
      { maxZoom: 14, tolerance: 1, buffer: 64, extent: 4096 },
    ),
  ]),
);

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  plugins: [
    {
      name: "mock",
      configureServer: (server) => void server.middlewares.use(answer),
      configurePreviewServer: (server) => {
        server.middlewares.use((_, response, next) => {
          response.setHeader("Content-Security-Policy", POLICY);
          next();
        });
        server.middlewares.use(packed);
        server.middlewares.use(answer);
      },
    },
  ],
});

/** Built assets that are stored compressed. */
function packed(
  request: IncomingMessage,
  response: ServerResponse,
  next: Connect.NextFunction,
): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const file = new URL(`../dist${path}.gz`, import.meta.url);
  if (!/^\/assets\/[\w.-]+$/.test(path) || !existsSync(file)) return next();
  response.setHeader("Content-Encoding", "gzip");
  response.setHeader("Content-Type", path.endsWith(".css") ? "text/css" : "text/javascript");
  response.end(readFileSync(file));
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  next: Connect.NextFunction,
): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const json = (status: number, body: unknown) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (path === "/api/demo") return json(200, { accounts: ACCOUNTS });
  if (path === "/session" && request.method === "POST") return open(request, response);
  const account = ACCOUNTS.find(({ email }) => request.headers.cookie?.includes(`seuil=${email}`));
  const guarded = /^\/(api|editions|tiles|session)/.test(path);
  if (!guarded) return next();
  if (!account) return json(401, { title: "Non identifié", status: 401 });
  if (path === "/session") {
    response.writeHead(204, { "Set-Cookie": "seuil=; Max-Age=0; Path=/" });
    response.end();
  } else if (path === "/api/me") {
    const empty = account.email.startsWith("vide");
    json(200, {
      email: account.email,
      role: "agent",
      audience: "public_mission",
      territories: empty ? [] : ["epci:200058519"],
      finest: "adresse",
      bounds: empty ? null : bounded,
      clauses_accepted: true,
      until: null,
      mandates: [],
    });
  } else if (path === "/editions") json(200, [manifest]);
  else if (path === `/editions/${manifest.id}/indicators`) json(200, catalogue);
  else tile(path, response);
}

function open(request: IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.on("data", (part) => (body += String(part)));
  request.on("end", () => {
    const { email, password } = JSON.parse(body) as { email: string; password: string };
    const known = ACCOUNTS.some(
      (account) => account.email === email && account.password === password,
    );
    response.writeHead(
      known ? 204 : 401,
      known ? { "Set-Cookie": `seuil=${email}; HttpOnly; SameSite=Lax; Path=/` } : {},
    );
    response.end();
  });
}

function tile(path: string, response: ServerResponse): void {
  const [, scale = "", z, x, y] =
    /^\/tiles\/2024r1\/(\w+)\/(\d+)\/(\d+)\/(\d+)\.mvt$/.exec(path) ?? [];
  const cut = indexes[scale]?.getTile(Number(z), Number(x), Number(y));
  if (!cut || cut.features.length === 0) {
    response.writeHead(204);
    response.end();
    return;
  }
  const bytes = gzipSync(fromGeojsonVt({ [scale]: cut } as never, { version: 2 } as never));
  response.writeHead(200, {
    "Content-Type": "application/vnd.mapbox-vector-tile",
    "Content-Encoding": "gzip",
  });
  response.end(bytes);
}
