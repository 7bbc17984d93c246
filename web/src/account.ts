/** « Mon compte » : password, tokens, sessions, and what the journal holds of oneself. */

import * as api from "./api";
import { instant } from "./dates";
import { fill, h } from "./dom";
import { action, form, part, table } from "./form";
import { territory } from "./frame";
import { journal } from "./journal";
import { pageFrame } from "./page";
import type { Me } from "./types";

interface Token {
  name: string;
  created_at: number;
  expires_at: number;
}

interface Session {
  id: string;
  created_at: number;
  seen_at: number;
  current: boolean;
}

/** Opens the page in `root`. */
export async function accountPage(root: HTMLElement, me: Me, back: () => void): Promise<void> {
  const tokens = h("div");
  const shown = h("div", { role: "status" });
  const sessions = h("div");
  const until = me.until ? `, jusqu’au ${instant(me.until - 1)}` : "";
  fill(
    root,
    pageFrame(
      "Mon compte",
      back,
      h("p", {}, `${me.email} – ${territory(me.territories)}${until}`),
      me.mandates.length > 1 ? part("Mandats", mandates(me)) : null,
      part(
        "Jetons pour un SIG ou un script",
        h(
          "p",
          { class: "small" },
          "Un jeton lit les données de votre territoire et ne peut rien changer. Il n’est montré qu’une fois ; le révoquer prend effet à la requête suivante.",
        ),
        tokens,
        shown,
        form(
          "jeton",
          [
            { id: "name", label: "Nom", optional: true, help: "Par exemple : QGIS du bureau." },
            { id: "days", label: "Durée en jours", type: "number", value: "365" },
          ],
          "Créer un jeton",
          async ({ name = "", days = "" }) => {
            const body = { ...(name ? { name } : {}), days: Number(days) };
            const made = await api.answer<{ token: string }>("POST", "/api/tokens", body);
            show(shown, made.token);
            await drawTokens(tokens, shown);
            return "Jeton créé.";
          },
        ),
      ),
      part("Sessions", sessions),
      part("Mot de passe", passwordForm()),
      part("Journal de mon compte", journal()),
    ),
  );
  root.querySelector("h1")?.focus();
  await Promise.all([drawTokens(tokens, shown), drawSessions(sessions)]);
}

/** Under which convention one works: the map, the tokens and the exports are those of this one. */
function mandates(me: Me): HTMLElement {
  const rows = me.mandates.map((one) => [
    one.organisation,
    one.role,
    one.until ? instant(one.until - 1) : "",
    one.current
      ? "en cours"
      : one.open
        ? action(
            "Utiliser",
            async () => {
              await api.ask("PUT", "/api/mandate", { account: one.id });
              location.reload();
            },
            one.organisation,
          )
        : "hors de ses dates",
  ]);
  return table("Mandats", ["Organisme", "Rôle", "Jusqu’au", ""], rows, "Aucun mandat.");
}

function show(place: HTMLElement, token: string): void {
  const connections = `${location.origin}/k/${token}/qgis/connections.xml`;
  fill(
    place,
    h(
      "p",
      { class: "notice" },
      "À copier maintenant, il ne sera plus montré : ",
      h("code", {}, token),
    ),
    h("p", { class: "small" }, "Connexions QGIS à importer : ", h("code", {}, connections)),
  );
}

async function drawTokens(place: HTMLElement, shown: HTMLElement): Promise<void> {
  const { tokens } = await api.json<{ tokens: Token[] }>("/api/tokens");
  const path = (token: Token) => `/api/tokens/${encodeURIComponent(token.name)}`;
  const rows = tokens.map((token) => [
    token.name,
    instant(token.created_at),
    instant(token.expires_at),
    h(
      "span",
      { class: "actions" },
      action(
        "Remplacer",
        async () => {
          const made = await api.answer<{ token: string }>("POST", `${path(token)}/rotation`, {});
          show(shown, made.token);
          await drawTokens(place, shown);
        },
        token.name,
      ),
      action(
        "Révoquer",
        async () => {
          await api.ask("DELETE", path(token));
          await drawTokens(place, shown);
        },
        token.name,
      ),
    ),
  ]);
  fill(place, table("Jetons en service", ["Nom", "Créé", "Expire", ""], rows, "Aucun jeton."));
}

async function drawSessions(place: HTMLElement): Promise<void> {
  const { sessions } = await api.json<{ sessions: Session[] }>("/api/sessions");
  const rows = sessions.map((session) => [
    instant(session.created_at),
    session.current ? "celle-ci" : instant(session.seen_at),
    session.current
      ? ""
      : action("Fermer", async () => {
          await api.ask("DELETE", `/api/sessions/${session.id}`);
          await drawSessions(place);
        }),
  ]);
  const others = sessions.some((session) => !session.current);
  fill(
    place,
    table("Sessions en cours", ["Ouverte", "Utilisée", ""], rows, "Aucune session."),
    others
      ? action("Fermer toutes les autres", async () => {
          await api.ask("DELETE", "/api/sessions");
          await drawSessions(place);
        })
      : null,
  );
}

function passwordForm(): HTMLElement {
  return form(
    "motdepasse",
    [
      {
        id: "before",
        label: "Mot de passe actuel",
        type: "password",
        autocomplete: "current-password",
      },
      {
        id: "password",
        label: "Nouveau mot de passe",
        type: "password",
        autocomplete: "new-password",
        help: "12 caractères au moins. Les autres sessions sont fermées.",
      },
      {
        id: "tokens",
        label: "Mes jetons",
        choices: [
          ["revoke", "Les révoquer aussi"],
          ["keep", "Les garder en service"],
        ],
      },
    ],
    "Changer",
    async ({ before = "", password = "", tokens = "" }) => {
      const revoke_tokens = tokens === "revoke";
      await api.ask("PUT", "/api/password", { before, password, revoke_tokens });
      return "Mot de passe changé.";
    },
  );
}
