// Fetches the load again every few seconds while the page is visible. Everything works without it.
"use strict";
const load = document.getElementById("load");
if (load) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/load", { redirect: "error" });
      if (answer.ok) load.innerHTML = await answer.text();
    } catch {
      // The next try may succeed; the last figures stay.
    }
  }, 5000);
}
const said = document.getElementById("said");
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    said.textContent = said.dataset.copied;
    setTimeout(() => { said.textContent = ""; }, 3000);
  });
}
