/** A text that somebody else wrote, as titles, lists and paragraphs. Nothing of it is markup: what is
 * no link stays text. */

import { h } from "./dom";

/** Titles (`#`), lists (`-`, `1.`) and paragraphs of a text. */
export function paragraphs(text: string): HTMLElement[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter(Boolean)
    .map((block) => {
      if (block.startsWith("#")) return h("h2", {}, block.replace(/^#+\s*/, ""));
      const list = (
        [
          ["ul", /^[-*]\s/m],
          ["ol", /^\d+\.\s/m],
        ] as const
      ).find(([, mark]) => block.search(mark) === 0);
      if (list) {
        const items = block.split(list[1]).filter(Boolean);
        return h(
          list[0],
          { class: "list" },
          ...items.map((item) => h("li", {}, ...linked(item.trim()))),
        );
      }
      return h("p", {}, ...linked(block.split("\n").join(" ")));
    });
}

/** The parts of a line, with a link for each address of the web and of mail that stands in it. */
export function links(line: string): { text: string; href?: string }[] {
  const parts: { text: string; href?: string }[] = [];
  let at = 0;
  const add = (text: string, href?: string) => {
    if (text) parts.push(href === undefined ? { text } : { text, href });
  };
  for (const found of line.matchAll(/https:\/\/[^\s<>"«»()]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g)) {
    // A sentence may end behind it.
    const text = found[0].replace(/[.,;:!?]+$/, "");
    add(line.slice(at, found.index));
    add(text, text.startsWith("https://") ? text : `mailto:${text}`);
    at = found.index + text.length;
  }
  add(line.slice(at));
  return parts;
}

function linked(line: string): (Node | string)[] {
  return links(line).map(({ text, href }) => (href === undefined ? text : h("a", { href }, text)));
}
