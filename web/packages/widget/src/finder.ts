/** Looks out for textareas that want an editor; what puts it there is loaded for the first one. */

const SELECTOR = "textarea[data-collab]";

/**
 * Put an editor in the place of `area`, whose `data-collab` names the document. Those in the page are
 * found by themselves; this is for those in shadow trees.
 */
export async function upgradeTextarea(area: HTMLTextAreaElement): Promise<void> {
  (await import("./textareas.ts")).upgrade(area);
}

/** Upgrade the textareas in `page` that ask for it, and those that come later. */
export function findTextareas(page: Document): void {
  let isLoading = false;
  const look = () => {
    if (isLoading || !page.querySelector(SELECTOR)) return;
    isLoading = true;
    import("./textareas.ts").then(
      ({ watch }) => {
        observer.disconnect();
        watch(page);
      },
      // They stay textareas until the page changes again.
      () => {
        isLoading = false;
      },
    );
  };
  const observer = new MutationObserver(look);
  observer.observe(page, { childList: true, subtree: true, attributeFilter: ["data-collab"] });
  look();
}
