/** Forms, tables and what is said when a request is refused: the pages about accounts share them. */

import { ApiError } from "./api";
import { fill, h } from "./dom";

/** A field of a form. */
export interface Field {
  id: string;
  label: string;
  type?: "text" | "email" | "password" | "date" | "datetime-local" | "number" | "tel" | "file";
  /** What kinds of files, for a field of a file. */
  accept?: string;
  help?: string;
  value?: string;
  optional?: boolean;
  autocomplete?: string;
  choices?: [value: string, label: string][];
  /** What the field could hold, given how it begins. */
  suggest?: (text: string) => Promise<string[]>;
}

/** The pause after a key before suggestions are asked for, in milliseconds. */
const PAUSE = 250;

/** A form that sends its fields; what `send` resolves to is said, and what it refuses with too. */
export function form(
  name: string,
  fields: Field[],
  label: string,
  send: (
    values: Record<string, string>,
    files: Record<string, File | undefined>,
  ) => Promise<string>,
): HTMLFormElement {
  const message = h("p", { class: "error", role: "alert", id: `${name}-message` });
  const done = h("p", { class: "done", role: "status" });
  const submit = h("button", { type: "submit", class: "primary" }, label);
  const inputs = fields.map((field) => input(name, field));
  const element = h("form", { class: "sign-in-form", id: name });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(message);
    fill(done);
    submit.disabled = true;
    const values = Object.fromEntries(
      fields.map((field, at) => [field.id, inputs[at]?.value.trim() ?? ""]),
    );
    const files = Object.fromEntries(
      fields
        .filter((field) => field.type === "file")
        .map((field) => {
          const one = inputs[fields.indexOf(field)];
          return [field.id, one instanceof HTMLInputElement ? one.files?.[0] : undefined];
        }),
    );
    send(values, files)
      .then((said) => {
        fill(done, said);
        for (const [at, field] of fields.entries()) {
          const one = inputs[at];
          if (one && !field.choices) one.value = field.value ?? "";
        }
      })
      .catch((error: unknown) => {
        fill(message, explain(error));
        inputs[0]?.focus();
      })
      .finally(() => (submit.disabled = false));
  });
  fill(
    element,
    ...fields.map((field, at) => labelled(name, field, inputs[at])),
    message,
    done,
    submit,
  );
  return element;
}

function input(name: string, field: Field): HTMLInputElement | HTMLSelectElement {
  const id = `${name}-${field.id}`;
  const described = field.help ? `${id}-aide ${name}-message` : `${name}-message`;
  if (field.choices) {
    const options = field.choices.map(([value, label]) => h("option", { value }, label));
    return h("select", { id, "aria-describedby": described }, ...options);
  }
  const element = h("input", {
    id,
    type: field.type ?? "text",
    required: !field.optional,
    autocomplete: field.autocomplete ?? "off",
    "aria-describedby": described,
  });
  if (field.suggest) suggestions(element, field.suggest);
  if (field.accept) element.accept = field.accept;
  if (field.value) element.value = field.value;
  if (field.type === "password" && field.autocomplete === "new-password") element.minLength = 12;
  return element;
}

/** Offers what the service suggests, as the browser shows a list of values. */
function suggestions(
  element: HTMLInputElement,
  suggest: (text: string) => Promise<string[]>,
): void {
  const list = h("datalist", { id: `${element.id}-choix` });
  element.setAttribute("list", list.id);
  let waiting: number | undefined;
  element.addEventListener("input", () => {
    if (!list.isConnected) element.after(list);
    window.clearTimeout(waiting);
    const text = element.value.trim();
    if (text.length < 2) return;
    waiting = window.setTimeout(() => {
      // Without an answer the field is typed as it is.
      suggest(text)
        .then((found) => fill(list, ...found.map((value) => h("option", { value }))))
        .catch(() => fill(list));
    }, PAUSE);
  });
}

function labelled(name: string, field: Field, element: HTMLElement | undefined): HTMLElement {
  const id = `${name}-${field.id}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, field.label, field.optional ? " (facultatif)" : null),
    element,
    field.help ? h("p", { class: "small", id: `${id}-aide` }, field.help) : null,
  );
}

/** A button that asks for something, once, and says why it could not. */
export function action(label: string, act: () => Promise<void>, detail = ""): HTMLElement {
  const message = h("span", { class: "error", role: "alert" });
  const button = h("button", { type: "button", class: "secondary" }, label);
  if (detail) button.setAttribute("aria-label", `${label} : ${detail}`);
  button.addEventListener("click", () => {
    button.disabled = true;
    fill(message);
    act()
      .catch((error: unknown) => fill(message, explain(error)))
      .finally(() => (button.disabled = false));
  });
  return h("span", { class: "action" }, button, message);
}

/** A table with a caption; `empty` is said where it has no row. */
export function table(
  caption: string,
  columns: string[],
  rows: (Node | string)[][],
  empty: string,
): HTMLElement {
  if (rows.length === 0) return h("p", { class: "small" }, empty);
  const cell = (content: Node | string, at: number) =>
    at === 0 ? h("th", { scope: "row" }, content) : h("td", {}, content);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      { class: "plain" },
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(cell)))),
    ),
  );
}

/** A titled part of a page. */
export function part(title: string, ...children: (Node | null)[]): HTMLElement {
  return h("section", { class: "part" }, h("h2", {}, title), ...children);
}

/** Why a request was refused, as the service says it. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError) || error.status === 0) {
    return "Le service ne répond pas. Vérifier la connexion au réseau, puis réessayer.";
  }
  if (error.status === 429) {
    return `Trop d’essais. Réessayer dans ${error.retryAfter ?? 60} secondes.`;
  }
  return error.detail ?? "Le service est indisponible. Réessayer dans un instant.";
}
