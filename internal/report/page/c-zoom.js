// A figure opens in a dialog, which Escape closes, and grows there.
const dialog = document.getElementById("zoom");
const view = dialog.querySelector(".view");
let enlarged = null, scale = 1;
const resize = (factor) => {
  scale = Math.min(8, Math.max(1, scale * factor));
  enlarged.style.width = `${Math.round(scale * enlarged.dataset.fit)}px`;
};
for (const button of document.querySelectorAll(".enlarge")) {
  button.addEventListener("click", () => {
    const image = button.querySelector("img");
    enlarged = image.cloneNode();
    enlarged.removeAttribute("height");
    view.replaceChildren(enlarged);
    dialog.showModal();
    enlarged.dataset.fit = Math.min(view.clientWidth, (view.clientHeight * image.width) / image.height);
    scale = 1;
    resize(1);
  });
}
const zooms = { in: () => resize(1.5), out: () => resize(1 / 1.5), close: () => dialog.close() };
for (const button of dialog.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);

// The definition is a file to save.
for (const button of document.querySelectorAll(".save")) {
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([button.closest("details").querySelector("pre").textContent], { type: "text/yaml" }));
    link.download = button.dataset.file;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

// On paper all details are open.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.dataset.was = d.open; d.open = true; }));
addEventListener("afterprint", () => document.querySelectorAll("details").forEach((d) => { d.open = d.dataset.was === "true"; }));
