/** A short way to write elements. Text is always text, never markup. */

type Attributes = Record<string, string | boolean | ((event: Event) => void)>;
type Child = Node | string | null | undefined | false;

/** An element with attributes (`onclick` and its kin are listeners) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  fill(element, ...children);
  return element;
}

/** Replaces what an element holds. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => !!child));
}

/** A small coloured square, for legends. */
export function swatch(color: string): HTMLElement {
  const square = h("span", { class: "swatch", "aria-hidden": "true" });
  // Set through the object model: a policy that refuses style attributes lets it pass.
  square.style.backgroundColor = color;
  return square;
}
