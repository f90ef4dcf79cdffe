"use strict";
// Curves: the pointer or the slider chooses an epoch, whose values are then shown.
for (const chart of document.querySelectorAll(".curves")) {
  const { values, at } = JSON.parse(chart.dataset.readings);
  const svg = chart.querySelector("svg");
  const rule = chart.querySelector(".rule");
  const slider = chart.querySelector("input");
  const output = chart.querySelector("output");
  const show = (i) => {
    slider.value = i + 1;
    slider.setAttribute("aria-valuetext", values[i]);
    output.textContent = values[i];
    rule.setAttribute("d", `M${at[i]} 12V224`);
    rule.setAttribute("visibility", "visible");
  };
  slider.addEventListener("input", () => show(slider.value - 1));
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 460;
    show(at.reduce((best, place, i) => (Math.abs(place - x) < Math.abs(at[best] - x) ? i : best), 0));
  });
}
