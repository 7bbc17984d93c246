/** The public pages that the operator fills: read by anybody, without WebGL and without an account. */

import * as api from "./api";
import { h } from "./dom";
import { LEGAL } from "./legal-links";
import { publicPage } from "./page";
import { paragraphs } from "./text";

interface LegalPage {
  id: string;
  title: string;
  /** The key of the configuration that fills it. */
  key: string;
  body: string | null;
}

/** Shows the page of an address, if it is one of them. */
export async function legalPage(root: HTMLElement, path: string): Promise<boolean> {
  const id = path.slice(1);
  if (!LEGAL.some(([name]) => name === id)) return false;
  const { pages } = await api.json<{ pages: LegalPage[] }>("/api/legal");
  const page = pages.find((one) => one.id === id);
  if (!page) return false;
  publicPage(
    root,
    page.title,
    page.body === null ? missing(page) : h("div", { class: "text" }, ...paragraphs(page.body)),
  );
  return true;
}

function missing(page: LegalPage): HTMLElement {
  return h(
    "p",
    { class: "notice" },
    "L’exploitant de ce service n’a pas encore écrit cette page. Il le fait dans un fichier de texte, que la clé ",
    h("code", {}, page.key),
    " de la configuration désigne.",
  );
}
