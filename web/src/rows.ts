/** The rows of the table: every zone of a scale that the reader may see, from the service's pages. */

import * as api from "./api";
import { lineage, marked } from "./reading";
import type { Bounds, Catalogue, Indicator, ManifestScale, ZoneColumns } from "./types";

/** The most zones that are fetched whole and put in order here; of more, pages follow the codes. */
export const SORTED = 20_000;

/** The zones of one answer: the most that the service gives. */
const ANSWERED = 2_000;

/** A zone with its name, what it says of one indicator, and where it lies. */
export interface Row extends ZoneColumns {
  bounds: Bounds;
}

export interface RowEvents {
  /** There are other rows, or more of them. */
  changed(): void;
  /** An answer did not come; 0 without any. */
  failed(status: number): void;
}

export class Rows {
  readonly #edition: string;
  readonly #events: RowEvents;
  #rows: Row[] = [];
  #total: number | undefined;
  #shown: { scale: ManifestScale; indicator: Indicator; catalogue: Catalogue } | undefined;
  #columns: string[] = [];
  #next: string | undefined;
  #loading = false;
  #ended = false;
  /** Grows with each question: an answer to one that is no longer asked is dropped. */
  #asked = 0;

  constructor(edition: string, events: RowEvents) {
    this.#edition = edition;
    this.#events = events;
  }

  /** Those that are there, by code. */
  get all(): readonly Row[] {
    return this.#rows;
  }

  /** How many there are; `undefined` until the service said so. */
  get total(): number | undefined {
    return this.#total;
  }

  /** Whether all are here at the end, so that they can be put in another order. */
  get sortable(): boolean {
    return this.#total !== undefined && this.#total <= SORTED;
  }

  /** Whether all of them are here. */
  get complete(): boolean {
    return this.#ended;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** Fetches the zones of a scale with an indicator, where these are not the ones at hand. */
  show(scale: ManifestScale, indicator: Indicator, catalogue: Catalogue): void {
    const same = this.#shown?.scale.id === scale.id && this.#shown.indicator.id === indicator.id;
    if (same) return;
    this.#shown = { scale, indicator, catalogue };
    void this.#begin();
  }

  /** Asks again, after a failure. */
  retry(): void {
    if (this.#shown && !this.#loading && !this.#ended) void this.#begin();
  }

  /** Has the first `count` of them here, where they are not sorted. */
  reach(count: number): void {
    if (!this.#loading && this.#rows.length < count && this.#next !== undefined)
      void this.#ask(() => this.#fetch(this.#asked, count));
  }

  /** Forgets everything. */
  stop(): void {
    this.#asked += 1;
    this.#rows = [];
    this.#ended = false;
    this.#shown = undefined;
  }

  #begin(): Promise<void> {
    this.#asked += 1;
    this.#rows = [];
    this.#total = undefined;
    this.#next = undefined;
    this.#ended = false;
    return this.#ask(async () => {
      const number = this.#asked;
      const shown = this.#shown;
      if (!shown) return;
      const { id } = shown.scale;
      const [columns, total] = await Promise.all([
        api.columns(this.#edition, id),
        api.visible(this.#edition, id),
      ]);
      if (number !== this.#asked) return;
      this.#total = total;
      const { indicator, catalogue } = shown;
      this.#columns = needed(indicator, catalogue).filter((column) => columns.includes(column));
      await this.#fetch(number, this.sortable ? Infinity : 1);
    });
  }

  /** Answers, one after the other, until so many rows are here. */
  async #fetch(number: number, count: number): Promise<void> {
    const scale = this.#shown?.scale.id;
    while (scale !== undefined && (this.#rows.length === 0 || this.#rows.length < count)) {
      const page = await api.zones(this.#edition, scale, this.#columns, ANSWERED, this.#next);
      if (number !== this.#asked) return;
      this.#rows = this.#rows.concat(page.zones);
      this.#next = page.next;
      if (page.next === undefined) {
        this.#ended = true;
        this.#total = this.#rows.length;
        return;
      }
      this.#events.changed();
    }
  }

  async #ask(work: () => Promise<void>): Promise<void> {
    const number = this.#asked;
    this.#loading = true;
    this.#events.changed();
    try {
      await work();
    } catch (error) {
      if (number === this.#asked)
        this.#events.failed(error instanceof api.ApiError ? error.status : 0);
    }
    if (number !== this.#asked) return;
    this.#loading = false;
    this.#events.changed();
  }
}

/** The columns that the reading of an indicator follows from. */
export function needed(indicator: Indicator, { universes }: Catalogue): string[] {
  const root = universes[0] ? [universes[0].id] : [];
  const counted = new Set([...root, ...lineage(indicator.universe, universes)]);
  const counts = [...counted].map((universe) => `n_${universe}`);
  return ["code", "nom", "communes", ...counts, indicator.id, marked(indicator)];
}
