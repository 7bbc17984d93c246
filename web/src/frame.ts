/** The page around the map: header, columns, notices. It knows nothing of figures. */

import { fill, h } from "./dom";
import { count } from "./format";
import { legalLinks } from "./legal-links";
import type { Me } from "./types";

export interface Frame {
  controls: HTMLElement;
  legend: HTMLElement;
  map: HTMLElement;
  panel: HTMLElement;
  table: HTMLElement;
  /** Beside the button of the table. */
  bar: HTMLElement;
  /** A line over the map with at most one action; empty text hides it. */
  notice(text: string, action?: string, act?: () => void): void;
  /** Says something to screen readers. */
  announce(text: string): void;
  busy(busy: boolean): void;
  /** How many zones there are somewhere, as a sentence ends. */
  count(zones: number, complete: boolean, place: string): void;
  openTable(): void;
  tableShown(): boolean;
  onTableShown(act: () => void): void;
  focusMap(): void;
}

/** Where the header leads. */
export interface Ways {
  signOut(): void;
  account(): void;
  conventions(): void;
  administration(): void;
}

/** Lays the page out in `root`. A `message` replaces the map. */
export function frame(root: HTMLElement, me: Me, message: string, go: Ways): Frame {
  const controls = h("div", {});
  const legend = h("section", { class: "legend-box", "aria-label": "Légende" });
  const map = h("div", { class: "map-canvas", id: "carte", tabindex: "-1" });
  const panel = h("div", { class: "panel-slot" });
  const table = h("div", { class: "table-slot", hidden: true });
  const noticeBox = h("div", { class: "map-notice", role: "status", hidden: true });
  const live = h("p", { class: "visually-hidden", "aria-live": "polite" });
  const loading = h("p", { class: "loading", hidden: true }, "Chargement…");
  const counted = h("span", { class: "counted" });
  const toggle = h(
    "button",
    { type: "button", class: "secondary", "aria-expanded": "false", "aria-controls": "tableau" },
    "Afficher le tableau",
  );
  let shown = (): void => undefined;
  toggle.addEventListener("click", () => {
    table.hidden = !table.hidden;
    toggle.setAttribute("aria-expanded", String(!table.hidden));
    toggle.textContent = table.hidden ? "Afficher le tableau" : "Masquer le tableau";
    shown();
  });

  const bar = h("div", { class: "bar" }, toggle, counted);

  const body = message
    ? h(
        "main",
        { class: "sign-in", id: "contenu" },
        h("section", { class: "card", role: "status" }, h("p", {}, message)),
      )
    : h(
        "main",
        { class: "workspace", id: "contenu" },
        h("h1", { class: "visually-hidden" }, "Carte de l’occupation du parc social"),
        h(
          "section",
          { class: "side", "aria-label": "Choix et légende" },
          controls,
          legend,
          legalLinks(),
        ),
        h(
          "section",
          { class: "centre", "aria-label": "Carte et tableau" },
          h(
            "div",
            { class: "map-box" },
            map,
            h("span", { class: "crosshair", "aria-hidden": "true" }),
            noticeBox,
            loading,
          ),
          bar,
          table,
        ),
        panel,
      );
  fill(
    root,
    h("a", { class: "skip", href: "#contenu", onclick: skipTo(map) }, "Aller à la carte"),
    h(
      "a",
      {
        class: "skip",
        href: "#tableau",
        onclick: (event) => {
          event.preventDefault();
          if (table.hidden) toggle.click();
          table.querySelector<HTMLElement>("section")?.focus();
        },
      },
      "Aller au tableau des zones",
    ),
    header(me, go),
    body,
    live,
  );

  return {
    controls,
    legend,
    map,
    panel,
    table,
    bar,
    notice(text, action, act) {
      // A status that is written again is read again: leave an unchanged one alone.
      const key = `${text}|${action ?? ""}`;
      if (noticeBox.dataset["key"] === key) return;
      noticeBox.dataset["key"] = key;
      noticeBox.hidden = text === "";
      fill(
        noticeBox,
        h("span", {}, text),
        action && act
          ? h("button", { type: "button", class: "secondary", onclick: act }, action)
          : null,
      );
    },
    announce: (text) => fill(live, text),
    busy(busy) {
      loading.hidden = !busy;
      document.body.dataset["etat"] = busy ? "chargement" : "pret";
    },
    count(zones, complete, place) {
      const plural = zones > 1 ? "zones" : "zone";
      fill(
        counted,
        complete ? `${count(zones)} ${plural} ${place}` : `Plus de ${count(zones)} zones ${place}`,
      );
    },
    openTable() {
      if (table.hidden) toggle.click();
    },
    tableShown: () => !table.hidden,
    onTableShown(act) {
      shown = act;
    },
    focusMap: () => map.querySelector<HTMLElement>("canvas")?.focus(),
  };
}

function header(me: Me, go: Ways): HTMLElement {
  return h(
    "header",
    { class: "top" },
    h("p", { class: "brand" }, "Seuil"),
    h("p", { class: "title" }, "Occupation du parc social"),
    h(
      "div",
      { class: "who" },
      h("span", { class: "email" }, me.email),
      h("span", { class: "territory" }, territory(me.territories)),
      way("Mon compte", () => go.account()),
      way("Conventions", () => go.conventions()),
      administers(me) ? way("Administration", () => go.administration()) : null,
      way("Se déconnecter", () => go.signOut()),
    ),
  );
}

function way(label: string, onclick: () => void): HTMLElement {
  return h("button", { type: "button", class: "secondary", onclick }, label);
}

/** Whether somebody has anything to administer. */
export function administers(me: Me): boolean {
  return ["operateur", "administrateur", "suppleant"].includes(me.role);
}

const KINDS: Record<string, string> = {
  region: "région",
  departement: "département",
  epci: "EPCI",
  ept: "EPT",
  commune: "commune",
};

/** Territories as people say them: `epci:200058519` is « EPCI 200058519 ». */
export function territory(territories: string[]): string {
  const named = territories.slice(0, 3).map((text) => {
    const [kind = "", code] = text.split(":");
    return code === undefined
      ? text === "france"
        ? "France"
        : text
      : `${KINDS[kind] ?? kind} ${code}`;
  });
  const more = territories.length - named.length;
  return named.join(", ") + (more > 0 ? ` et ${more} de plus` : "");
}

function skipTo(map: HTMLElement): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    (map.querySelector<HTMLElement>("canvas") ?? map).focus();
  };
}
