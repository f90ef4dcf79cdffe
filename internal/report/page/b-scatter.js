// Scatter plots: zoom and move by changing the viewBox; the image nearest to the
// pointer is shown from the sheet of images.
const sheet = document.getElementById("sheet");

for (const scatter of document.querySelectorAll(".scatter")) {
  const svg = scatter.querySelector("svg");
  const paths = [...svg.querySelectorAll("path")];
  const toggles = [...scatter.querySelectorAll(".classes button")]; // none where classes are many
  const only = scatter.querySelector("select");
  const chosen = svg.querySelector(".chosen");
  const canvas = scatter.querySelector("canvas");
  const output = scatter.querySelector("output");
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const points = paths.flatMap((path, i) => {
    const images = path.dataset.images.split(",");
    return [...path.getAttribute("d").matchAll(/M(-?\d+) (-?\d+)/g)].map((m, k) => ({ x: +m[1], y: +m[2], image: +images[k], of: i }));
  });
  let view = { x: 0, y: 0, scale: 1 };
  let current = null;

  const draw = () => {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
    chosen.setAttribute("r", 60 / view.scale);
  };
  const place = (event) => {
    const box = svg.getBoundingClientRect();
    return [view.x + ((event.clientX - box.left) / box.width) * (width / view.scale), view.y + ((event.clientY - box.top) / box.height) * (height / view.scale)];
  };
  const zoom = (factor, x = view.x + width / view.scale / 2, y = view.y + height / view.scale / 2) => {
    const scale = Math.min(60, Math.max(1, view.scale * factor));
    view = { x: x - (x - view.x) * (view.scale / scale), y: y - (y - view.y) * (view.scale / scale), scale };
    if (scale === 1) view = { x: 0, y: 0, scale };
    draw();
  };
  // What the keyboard chose or zoomed into stays in sight.
  const reveal = () => {
    if (!current) return;
    const w = width / view.scale, h = height / view.scale;
    if (current.x >= view.x && current.x <= view.x + w && current.y >= view.y && current.y <= view.y + h) return;
    view = { ...view, x: current.x - w / 2, y: current.y - h / 2 };
    draw();
  };
  const forget = () => {
    current = null;
    chosen.setAttribute("visibility", "hidden");
    output.textContent = "Point at an image.";
    canvas.setAttribute("aria-label", "No image chosen");
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  };
  const choose = (point) => {
    if (!point) return;
    current = point;
    chosen.setAttribute("cx", point.x);
    chosen.setAttribute("cy", point.y);
    chosen.setAttribute("visibility", "visible");
    output.textContent = `${paths[point.of].dataset.name}, training image ${point.image}`;
    canvas.setAttribute("aria-label", output.textContent);
    if (!sheet || point.image >= +sheet.dataset.images) return;
    const tile = +sheet.dataset.tile, columns = +sheet.dataset.columns;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet, (point.image % columns) * tile, Math.floor(point.image / columns) * tile, tile, tile, 0, 0, canvas.width, canvas.height);
  };
  const shown = (point) => paths[point.of].getAttribute("visibility") !== "hidden";
  const nearest = (x, y, among = points) => {
    let best = null, least = Infinity;
    for (const p of among) {
      const d = (p.x - x) ** 2 + (p.y - y) ** 2;
      if (d < least && shown(p)) [best, least] = [p, d];
    }
    return best;
  };

  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId); // a drag may end outside of the plot
    drag = { at: [event.clientX, event.clientY], view };
    choose(nearest(...place(event)));
  });
  svg.addEventListener("pointermove", (event) => {
    if (drag && event.buttons && view.scale > 1) {
      const box = svg.getBoundingClientRect();
      view = { ...drag.view };
      view.x -= ((event.clientX - drag.at[0]) / box.width) * (width / view.scale);
      view.y -= ((event.clientY - drag.at[1]) / box.height) * (height / view.scale);
      draw();
    } else {
      choose(nearest(...place(event)));
    }
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) svg.addEventListener(end, () => (drag = null));
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, ...place(event));
  }, { passive: false });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  svg.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (step) {
      const from = current || { x: view.x + width / view.scale / 2, y: view.y + height / view.scale / 2 };
      // Images in that direction, at most 45 degrees off.
      choose(nearest(from.x, from.y, points.filter((p) => {
        const along = (p.x - from.x) * step[0] + (p.y - from.y) * step[1];
        const across = Math.abs((p.x - from.x) * step[1]) + Math.abs((p.y - from.y) * step[0]);
        return along > 0 && along >= across;
      })));
    } else if (event.key === "+") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else return;
    reveal();
    event.preventDefault();
  });
  const buttons = { in: 1.5, out: 1 / 1.5, all: 0 };
  for (const button of scatter.querySelectorAll("[data-scatter]")) {
    button.addEventListener("click", () => {
      zoom(buttons[button.dataset.scatter]);
      reveal();
    });
  }
  const show = (i, visible) => {
    paths[i].setAttribute("visibility", visible ? "visible" : "hidden");
    toggles[i]?.setAttribute("aria-pressed", visible);
    if (current && !shown(current)) forget();
  };
  only.addEventListener("change", () => paths.forEach((_, i) => show(i, only.selectedIndex === 0 || only.selectedIndex === i + 1)));
  toggles.forEach((toggle, i) => toggle.addEventListener("click", () => {
    show(i, toggle.getAttribute("aria-pressed") !== "true");
    // The list says what is shown: all classes, one, or nothing that it has a line for.
    const visible = paths.flatMap((_, k) => (shown({ of: k }) ? [k] : []));
    only.selectedIndex = visible.length === paths.length ? 0 : visible.length === 1 ? visible[0] + 1 : -1;
  }));
}
