/** Who may do what in this document: for its owners. */

import type { Member, Role, ShareLink, SharingClient } from "@collab/client";
import { h, icon } from "@collab/editor/dom";
import { ago } from "./time.ts";

const PEOPLE =
  "M7.500 9.500a2.800 2.800 0 1 1 0-5.600 2.800 2.800 0 0 1 0 5.600zM2.500 16c.2-2.700 2-4.300 5-4.300s4.800 1.600 5 4.300M15.500 7v5M13 9.500h5";
const ROLES: readonly (readonly [Role, string])[] = [
  ["viewer", "Can read"],
  ["commenter", "Can comment"],
  ["editor", "Can write"],
  ["owner", "Owner"],
];
const DAYS = [
  ["", "Never ends"],
  ["1", "Ends in a day"],
  ["7", "Ends in a week"],
  ["30", "Ends in 30 days"],
] as const;
const DAY_MS = 86_400_000;

/** Return the button that opens the dialog; it is hidden until the person is an owner. */
export function shareButton(document_: string, client: SharingClient): HTMLButtonElement {
  const button = h(
    "button",
    {
      type: "button",
      class: "ce-bar-tool",
      "aria-haspopup": "dialog",
      "data-testid": "share-open",
      hidden: true,
    },
    icon(PEOPLE),
    h("span", { class: "ce-bar-word" }, "Share"),
  );
  button.setAttribute("aria-label", "Share");
  button.addEventListener("click", () => new ShareDialog(document_, client).open());
  return button;
}

class ShareDialog {
  readonly #document: string;
  readonly #client: SharingClient;
  readonly #members = h("ul", { class: "share-rows", "data-testid": "share-members" });
  readonly #links = h("ul", { class: "share-rows", "data-testid": "share-links" });
  readonly #trouble = h("p", {
    class: "share-trouble",
    role: "alert",
    "data-testid": "share-trouble",
  });
  readonly #made = h("div", { class: "share-made", role: "status", "data-testid": "share-made" });
  readonly #dialog = h("dialog", { class: "share", "aria-labelledby": "share-title" });

  constructor(document_: string, client: SharingClient) {
    this.#document = document_;
    this.#client = client;
    const close = h("button", { type: "button", class: "ce-button" }, "Done");
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.append(
      h("h2", { id: "share-title" }, "Share this document"),
      this.#trouble,
      h(
        "section",
        { "aria-label": "People" },
        h("h3", {}, "People"),
        this.#members,
        this.#adding(),
      ),
      h("section", { "aria-label": "Links" }, h("h3", {}, "Links"), this.#links, this.#making()),
      this.#made,
      h("div", { class: "share-foot" }, close),
    );
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
  }

  /** Show it over the page; Escape, Done and a click beside it close it. */
  open(): void {
    document.querySelector(".ce")?.append(this.#dialog);
    this.#dialog.showModal();
    void this.#do(async () => {});
  }

  /** Do something, then show what is so now; a failure is said in the dialog. */
  async #do(what: () => Promise<void>): Promise<boolean> {
    let done = false;
    try {
      await what();
      done = true;
      this.#trouble.textContent = "";
    } catch (error) {
      this.#trouble.textContent = (error as Error).message;
    }
    try {
      const [members, links] = await Promise.all([this.#client.members(), this.#client.links()]);
      refill(
        this.#members,
        members.map((one) => this.#member(one)),
        "Nobody has a role of their own yet.",
      );
      refill(
        this.#links,
        links.map((one) => this.#link(one)),
        "There are no links.",
      );
    } catch (error) {
      this.#trouble.textContent ||= (error as Error).message;
    }
    return done;
  }

  #member({ user, role }: Member): HTMLElement {
    const roles = choice(`Role of ${user}`, ROLES, role);
    roles.addEventListener("change", () => {
      void this.#do(async () => {
        await this.#client.setMember(user, roles.value as Role);
      });
    });
    const remove = button("Remove", `Remove ${user}`);
    remove.addEventListener("click", () => void this.#do(() => this.#client.removeMember(user)));
    const name = h("span", { class: "share-name" }, user);
    return h("li", { "data-user": user }, name, roles, remove);
  }

  #link({ id, role, name, expiresAt, usedAt }: ShareLink): HTMLElement {
    const title = name || "Link";
    const facts = [
      labelOf(role),
      endOf(expiresAt),
      usedAt ? `used ${ago(usedAt, Date.now())}` : "never used",
    ];
    const revoke = button("Revoke", `Revoke ${title}`);
    revoke.addEventListener("click", () => {
      this.#made.replaceChildren();
      void this.#do(() => this.#client.revokeLink(id));
    });
    const words = h("span", { class: "share-name" }, title, h("small", {}, facts.join(" · ")));
    return h("li", { "data-link": id }, words, revoke);
  }

  #adding(): HTMLElement {
    const who = h("input", {
      class: "page-field",
      "aria-label": "Who, as your application names them",
      placeholder: "Name a person’s id",
      required: true,
      maxlength: "128",
      autocomplete: "off",
      "data-testid": "share-who",
    });
    const role = choice("Their role", ROLES, "editor");
    const form = h("form", { class: "share-form" }, who, role, submit("Add", "share-add"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const added = this.#do(async () => {
        await this.#client.setMember(who.value.trim(), role.value as Role);
      });
      void added.then((done) => {
        if (done) who.value = "";
      });
    });
    return form;
  }

  #making(): HTMLElement {
    const name = h("input", {
      class: "page-field",
      "aria-label": "What you call the link",
      placeholder: "For whom? (only you see this)",
      maxlength: "200",
      autocomplete: "off",
      "data-testid": "share-link-name",
    });
    const role = choice("What the link allows", ROLES.slice(0, 3), "viewer");
    const days = choice("When the link ends", DAYS, "");
    const form = h(
      "form",
      { class: "share-form" },
      name,
      role,
      days,
      submit("Make a link", "share-make-link"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#do(async () => {
        const ends = days.value && new Date(Date.now() + Number(days.value) * DAY_MS).toISOString();
        const { secret } = await this.#client.makeLink({
          role: role.value as Role,
          name: name.value.trim(),
          ...(ends && { expiresAt: ends }),
        });
        name.value = "";
        this.#show(`${location.origin}/d/${encodeURIComponent(this.#document)}#link=${secret}`);
      });
    });
    return form;
  }

  /** Only now: the server keeps no more than a digest of it. */
  #show(address: string): void {
    const field = h("input", {
      class: "page-field",
      value: address,
      readonly: true,
      "aria-label": "The new link",
      "data-testid": "share-address",
    });
    const copy = button("Copy", "Copy the new link");
    copy.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(address);
        copy.textContent = "Copied";
      } catch {
        // The browser forbids it here: the address is selected, Ctrl+C copies it.
        copy.textContent = "Press Ctrl+C";
      }
    });
    this.#made.replaceChildren(
      h("p", {}, "Copy the link now: it is shown this once. Whoever has it comes in."),
      h("div", { class: "share-form" }, field, copy),
    );
  }
}

function choice(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
): HTMLSelectElement {
  const select = h("select", { class: "ce-button", "aria-label": label });
  select.append(...options.map(([value, words]) => h("option", { value }, words)));
  select.value = chosen;
  return select;
}

function button(words: string, label: string): HTMLButtonElement {
  return h("button", { type: "button", class: "ce-button", "aria-label": label }, words);
}

function submit(words: string, name: string): HTMLButtonElement {
  const classes = "ce-button ce-button-main";
  return h("button", { type: "submit", class: classes, "data-testid": name }, words);
}

/** Put new rows into a list; the focus goes where it was, or to the row's neighbour. */
function refill(list: HTMLElement, rows: readonly HTMLElement[], nothing: string): void {
  const focused = document.activeElement?.getAttribute("aria-label");
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...(rows.length > 0 ? rows : [h("li", { class: "share-none" }, nothing)]));
  if (!hadFocus) return;
  const all = [...list.querySelectorAll<HTMLElement>("button, select")];
  const again = all.find((one) => one.getAttribute("aria-label") === focused);
  (again ?? all[0] ?? list.parentElement?.querySelector("input"))?.focus();
}

function labelOf(role: Role): string {
  return ROLES.find(([name]) => name === role)?.[1] ?? role;
}

function endOf(expiresAt: string | null): string {
  if (!expiresAt) return "never ends";
  const when = new Date(expiresAt);
  return when.getTime() < Date.now() ? "has ended" : `ends ${when.toLocaleDateString("en")}`;
}
