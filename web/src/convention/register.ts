/** The register of processing (GDPR 30), as the service writes it from its data. */

import * as api from "../api";
import { fill, h } from "../dom";
import { action } from "../form";

export function register(): HTMLElement {
  const shown = h("div", { role: "status" });
  const draw = async () => {
    const { register: text } = await api.json<{ register: string }>("/api/register");
    const file = new Blob([text], { type: "text/markdown;charset=utf-8" });
    const save = h(
      "a",
      { href: URL.createObjectURL(file), download: "registre.md" },
      "Enregistrer",
    );
    fill(shown, h("p", {}, save), h("pre", { class: "register", tabindex: "0" }, text));
  };
  return h(
    "div",
    { class: "filled" },
    h(
      "p",
      { class: "small" },
      "Finalités, parties, délégués, sous-traitants, destructions : ce que la base en sait aujourd’hui.",
    ),
    action("Établir le registre", draw),
    shown,
  );
}
