/** The example page: its listings name the server they come from, and the form says what it would send. */

for (const place of document.querySelectorAll("[data-server]")) {
  place.textContent = location.origin;
}

const form = document.querySelector("form");
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const output = form.querySelector("output");
  if (output) output.textContent = String(new FormData(form).get("summary"));
});
