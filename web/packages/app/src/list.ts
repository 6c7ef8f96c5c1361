/** The page of all documents: `/`. */

import "@collab/editor/styles.css";
import "./pages.css";
import type { DocumentInfo } from "@collab/client/documents";
import { ApiError } from "@collab/client/rest";
import { h, icon } from "@collab/editor/dom";
import { toast } from "@collab/editor/toast";
import { askAs, documents } from "./api.ts";
import { documentRow } from "./row.ts";
import { session } from "./session.ts";
import { ago } from "./time.ts";

const PLUS = "M10 4.500v11M4.5 10h11";
const LENS = "M9 4a5 5 0 1 1 0 10A5 5 0 0 1 9 4zM12.8 12.8 16.5 16.5";
const SEARCH_MS = 180;
const REFRESH_MS = 30_000;

const SIGN_IN =
  "This server shows documents only to people it knows. Sign in where you were invited, and open the documents from there.";

class ListPage {
  readonly #rows = h("ul", { class: "list-rows", "data-testid": "documents" });
  readonly #state = h("div", { class: "list-state", role: "status" });
  readonly #more = h(
    "button",
    { type: "button", class: "ce-button list-more", hidden: true },
    "Show more",
  );
  readonly #search = h("input", {
    type: "search",
    placeholder: "Search titles",
    "aria-label": "Search documents",
    "data-testid": "search",
  });
  readonly #create = h(
    "button",
    { type: "button", class: "ce-button ce-button-main", "data-testid": "new-document" },
    icon(PLUS),
    "New document",
  );
  #documents: DocumentInfo[] = [];
  #cursor: string | null = null;
  #asked = 0;

  constructor(root: HTMLElement) {
    root.replaceChildren(
      this.#header(),
      h("main", { class: "list-main" }, this.#rows, this.#more, this.#state),
    );
    this.#waiting();
    this.#listen();
    askAs(session(null, () => void this.#load()));
    void this.#load();
  }

  #header(): HTMLElement {
    const box = h("label", { class: "list-search" }, icon(LENS), this.#search);
    return h("header", { class: "list-head" }, h("h1", {}, "Documents"), box, this.#create);
  }

  #listen(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => void this.#load(), SEARCH_MS);
    });
    this.#create.addEventListener("click", () => void this.#new());
    this.#more.addEventListener("click", () => void this.#load(this.#cursor ?? undefined));
    addEventListener("focus", () => void this.#refresh());
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) void this.#load();
    });
    setInterval(() => void this.#refresh(), REFRESH_MS);
  }

  /** Look again, unless more pages are shown or something is being typed into the rows. */
  async #refresh(): Promise<void> {
    const busy = this.#rows.contains(document.activeElement) || this.#rows.querySelector("form");
    const paged = this.#documents.length > 60;
    if (!busy && !paged && document.visibilityState === "visible") await this.#load();
    else this.#tellTimes();
  }

  async #load(cursor?: string): Promise<void> {
    this.#asked += 1;
    const mine = this.#asked;
    try {
      const page = await documents.page({ search: this.#search.value.trim(), cursor });
      if (mine !== this.#asked) return;
      this.#documents = cursor ? [...this.#documents, ...page.documents] : [...page.documents];
      this.#cursor = page.nextCursor;
      this.#show();
    } catch (error) {
      if (mine === this.#asked) this.#failed(error as Error);
    }
  }

  #show(): void {
    const rows = this.#documents.map((info) =>
      documentRow(info, {
        renamed: (next) => this.#replace(next),
        remove: () => void this.#remove(info),
      }),
    );
    this.#rows.replaceChildren(...rows);
    this.#more.hidden = this.#cursor === null;
    this.#state.replaceChildren();
    if (this.#documents.length === 0) this.#empty();
  }

  #replace(next: DocumentInfo): void {
    this.#documents = this.#documents.map((one) => (one.id === next.id ? next : one));
    this.#show();
  }

  async #new(): Promise<void> {
    this.#create.disabled = true;
    try {
      location.href = `/d/${encodeURIComponent((await documents.create()).id)}`;
    } catch (error) {
      toast(`No document was made. ${(error as Error).message}`);
    } finally {
      this.#create.disabled = false;
    }
  }

  async #remove(info: DocumentInfo): Promise<void> {
    try {
      await documents.remove(info.id);
    } catch (error) {
      toast(`“${info.title || "Untitled"}” is not deleted. ${(error as Error).message}`);
      return;
    }
    this.#documents = this.#documents.filter((one) => one.id !== info.id);
    this.#show();
    toast(`“${info.title || "Untitled"}” was deleted.`, {
      label: "Undo",
      run: async () => {
        await documents.undelete(info.id);
        await this.#load();
      },
    });
  }

  #tellTimes(): void {
    for (const time of this.#rows.querySelectorAll("time")) {
      time.textContent = ago(time.dateTime, Date.now());
    }
  }

  // --- what is said when there are no rows ---

  #waiting(): void {
    const row = () => h("li", { class: "list-row list-row-waiting", "aria-hidden": "true" });
    this.#rows.replaceChildren(row(), row(), row());
  }

  #empty(): void {
    const searched = this.#search.value.trim();
    const words = searched
      ? [h("h2", {}, "Nothing found"), h("p", {}, `No title holds “${searched}”.`)]
      : [
          h("h2", {}, "A blank page, waiting"),
          h("p", {}, "Make a document and share its address: whoever opens it writes with you."),
        ];
    this.#state.replaceChildren(...words);
  }

  #failed(error: Error): void {
    const again = h("button", { type: "button", class: "ce-button" }, "Try again");
    again.addEventListener("click", () => void this.#load());
    if (this.#documents.length === 0) this.#rows.replaceChildren();
    const code = error instanceof ApiError ? error.code : "";
    const isOut = code === "unauthenticated" || code === "token_expired";
    this.#state.replaceChildren(
      h("h2", {}, isOut ? "You are not signed in" : "The documents cannot be shown"),
      h("p", {}, isOut ? SIGN_IN : error.message),
      again,
    );
  }
}

const root = document.getElementById("page");
if (root) new ListPage(root);
