/** The user's guide: read by anybody, built into the program. What each figure means is read from the
 * catalogue of the edition in service, by whoever is signed in. */

import exploiter from "../../docs/aide/exploiter.md?raw";
import lire from "../../docs/aide/lire.md?raw";
import configuration from "../../docs/aide/configuration.md?raw";
import * as api from "./api";
import { ApiError } from "./api";
import { h } from "./dom";
import { publicPage } from "./page";
import { paragraphs } from "./text";

interface Figures {
  indicators: { id: string; label: string; definition: string; source: string }[];
}

/** Shows the guide. */
export async function helpPage(root: HTMLElement): Promise<void> {
  const parts: [string, string, HTMLElement[]][] = [
    ["lecture", "Lire, charger, comparer, citer", guide(lire)],
    ["chiffres", "Ce que dit chaque chiffre", await figures()],
    ["exploitation", "Exploiter le service", guide(exploiter)],
    ["configuration", "Configurer", guide(configuration)],
  ];
  publicPage(
    root,
    "Aide",
    h(
      "nav",
      { class: "links", "aria-label": "Parties de l’aide" },
      ...parts.map(([id, title]) => h("a", { href: `#${id}` }, title)),
    ),
    ...parts.map(([id, title, body]) =>
      h("section", { id, class: "text" }, h("h2", {}, title), ...body),
    ),
  );
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function figures(): Promise<HTMLElement[]> {
  try {
    const found = await api.json<Figures>("/editions/latest/indicators");
    return found.indicators.map((one) =>
      h(
        "p",
        {},
        h("strong", {}, one.label),
        " (",
        h("code", {}, one.id),
        `) : ${one.definition} Source : ${one.source}`,
      ),
    );
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const said =
      "Se connecter pour lire ce que dit chaque chiffre de l’édition en service, d’après son catalogue.";
    return [h("p", { class: "notice" }, said)];
  }
}

/** The blocks of a guide: commands between fences, and texts. */
export function blocks(text: string): { code: boolean; text: string }[] {
  return text
    .split(/^```(?:sh|python|r)?$/m)
    .map((part, place) => ({ code: place % 2 === 1, text: part.trim() }))
    .filter((block) => block.text !== "");
}

function guide(text: string): HTMLElement[] {
  return blocks(text).flatMap((block) =>
    block.code
      ? [h("pre", { tabindex: "0" }, h("code", {}, block.text))]
      : paragraphs(block.text).map(coded),
  );
}

/** Puts what stands between backquotes into elements of their own, and titles a level lower. */
function coded(element: HTMLElement): HTMLElement {
  const target = element.tagName === "H2" ? h("h3", {}, ...element.childNodes) : element;
  for (const node of [...target.querySelectorAll("li"), target]) {
    for (const child of [...node.childNodes]) {
      if (child.nodeType !== Node.TEXT_NODE) continue;
      const parts = (child.textContent ?? "").split("`");
      if (parts.length < 3) continue;
      const made = parts.map((part, place) => (place % 2 === 1 ? h("code", {}, part) : part));
      child.replaceWith(...made);
    }
  }
  return target;
}
