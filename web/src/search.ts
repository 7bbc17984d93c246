/** The search of a zone by its name or code: a field and the zones that it finds (ARIA combobox). */

import * as api from "./api";
import type { Found } from "./api";
import { lowered, scaleLabel } from "./controls";
import { fill, h } from "./dom";
import type { ManifestScale } from "./types";

/** How long the reader stops typing before the service is asked, in milliseconds. */
const PAUSE = 250;
/** The zones that are proposed. */
const PROPOSED = 12;
/** What the service looks for has at least so many letters or digits. */
const LEAST = 2;

export class ZoneSearch {
  readonly element: HTMLElement;
  readonly #edition: string;
  readonly #scales: ManifestScale[];
  readonly #choose: (found: Found) => void;
  readonly #input: HTMLInputElement;
  readonly #list = h("ul", {
    id: "trouvees",
    role: "listbox",
    "aria-label": "Zones",
    hidden: true,
  });
  readonly #said = h("p", { class: "small", role: "status" });
  #found: Found[] = [];
  #active = -1;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(edition: string, scales: ManifestScale[], choose: (found: Found) => void) {
    this.#edition = edition;
    this.#scales = scales;
    this.#choose = choose;
    this.#input = h("input", {
      id: "recherche",
      type: "search",
      role: "combobox",
      autocomplete: "off",
      maxlength: "100",
      placeholder: "Nom ou code",
      "aria-autocomplete": "list",
      "aria-controls": "trouvees",
      "aria-expanded": "false",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#pressed(event as KeyboardEvent),
      onblur: () => this.#close(),
    });
    this.element = h(
      "search",
      { class: "field zone-search" },
      h("label", { for: "recherche" }, "Chercher une zone"),
      this.#input,
      this.#list,
      this.#said,
    );
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const text = this.#input.value.trim();
    if (letters(text) < LEAST) {
      this.#show([], "");
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(text, this.#asked), PAUSE);
  }

  async #ask(text: string, number: number): Promise<void> {
    try {
      const found = await api.search(this.#edition, text, PROPOSED);
      // An answer to what is no longer asked is dropped.
      if (number !== this.#asked) return;
      const known = found.filter(({ scale }) => this.#scales.some(({ id }) => id === scale));
      this.#show(known, known.length === 0 ? "Aucune zone de ce nom dans votre territoire." : "");
    } catch {
      if (number === this.#asked) this.#show([], "La recherche ne répond pas ; réessayer.");
    }
  }

  #show(found: Found[], said: string): void {
    this.#found = found;
    this.#active = -1;
    fill(this.#said, said);
    fill(
      this.#list,
      ...found.map((zone, index) =>
        h(
          "li",
          {
            id: `trouvee-${index}`,
            role: "option",
            "aria-selected": "false",
            // Before the field loses the focus, which closes the list.
            onmousedown: (event) => {
              event.preventDefault();
              this.#pick(index);
            },
          },
          h("span", {}, zone.nom ?? zone.code),
          h(
            "span",
            { class: "small" },
            `${lowered(scaleLabel(this.#scales, zone.scale))} ${zone.code}`,
          ),
        ),
      ),
    );
    this.#list.hidden = found.length === 0;
    this.#input.setAttribute("aria-expanded", String(found.length > 0));
    this.#input.removeAttribute("aria-activedescendant");
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === "Escape") this.#close();
    else if (event.key === "Enter") {
      event.preventDefault();
      this.#pick(Math.max(this.#active, 0));
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#move(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  #move(step: number): void {
    const count = this.#found.length;
    if (count === 0) return;
    const before = this.#active < 0 && step < 0 ? 0 : this.#active;
    this.#active = (before + step + count) % count;
    [...this.#list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.#active));
      if (index === this.#active) option.scrollIntoView({ block: "nearest" });
    });
    this.#input.setAttribute("aria-activedescendant", `trouvee-${this.#active}`);
  }

  #pick(index: number): void {
    const zone = this.#found[index];
    if (!zone) return;
    this.#input.value = zone.nom ?? zone.code;
    this.#close();
    this.#choose(zone);
  }

  #close(): void {
    this.#asked += 1;
    this.#show([], "");
  }
}

/** How many letters and digits a text has. */
export function letters(text: string): number {
  return [...text].filter((letter) => /[\p{L}\p{N}]/u.test(letter)).length;
}
