/** A question before something happens to everybody's document. */

import { h } from "../dom.ts";

/** What the question says once it is known. */
export interface Told {
  readonly summary: string;
  /** Shown below: what the change looks like. */
  readonly detail?: Node;
  /** Nothing would change: there is nothing to confirm. */
  readonly nothing?: boolean;
}

export interface Question {
  readonly title: string;
  readonly action: string;
  /** Find out what will change. Throws what is said instead. */
  look(): Promise<Told>;
  /** Do it. Throws what is said instead. */
  act(): Promise<void>;
}

const PROMISE =
  "Everybody’s document changes. What is there now stays in the history, and you can undo this.";

/** Ask in `host`; resolves once it is answered, to whether it was done. */
export function confirm(host: HTMLElement, question: Question): Promise<boolean> {
  const summary = h(
    "p",
    { class: "ce-confirm-summary", "data-testid": "history-summary", "aria-live": "polite" },
    "Looking at what will change…",
  );
  const promise = h("p", { class: "ce-confirm-promise", hidden: true }, PROMISE);
  const trouble = h("p", { class: "ce-confirm-trouble", role: "alert", hidden: true });
  const detail = h("div", { class: "ce-confirm-detail", hidden: true, tabindex: "0" });
  detail.setAttribute("aria-label", "What will change");
  detail.setAttribute("role", "group");
  const cancel = h(
    "button",
    { type: "button", class: "ce-button", "data-testid": "history-cancel" },
    "Cancel",
  );
  const yes = h(
    "button",
    {
      type: "button",
      class: "ce-button ce-button-main",
      "data-testid": "history-confirm",
      disabled: true,
    },
    question.action,
  );
  const dialog = h(
    "dialog",
    { class: "ce-confirm", "aria-labelledby": "ce-confirm-title" },
    h("h2", { id: "ce-confirm-title" }, question.title),
    summary,
    detail,
    promise,
    trouble,
    h("div", { class: "ce-confirm-buttons" }, cancel, yes),
  );
  const fail = (error: Error) => {
    trouble.textContent = error.message;
    trouble.hidden = false;
  };
  const look = async () => {
    const told = await question.look();
    summary.textContent = told.summary;
    promise.hidden = yes.hidden = told.nothing === true;
    cancel.textContent = told.nothing ? "Close" : "Cancel";
    if (told.detail && !told.nothing) {
      detail.replaceChildren(told.detail);
      detail.hidden = false;
    }
    yes.disabled = false;
    if (!told.nothing) yes.focus();
  };
  return new Promise((resolve) => {
    let done = false;
    const act = async () => {
      yes.disabled = true;
      trouble.hidden = true;
      try {
        await question.act();
        done = true;
        dialog.close();
      } catch (error) {
        yes.disabled = false;
        fail(error as Error);
      }
    };
    yes.addEventListener("click", () => void act());
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    host.append(dialog);
    dialog.showModal();
    look().catch((error: Error) => {
      summary.textContent = "What will change cannot be said at the moment.";
      fail(error);
    });
  });
}
