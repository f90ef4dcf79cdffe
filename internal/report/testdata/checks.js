// What TestThePageInABrowser asks of the page. Each check returns what it finds, in words.
"use strict";
var called = (e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute("class") || ""}"> ${(e.textContent || "").trim().slice(0, 40)}`;
var visible = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;

// Elements that make the page wider than its window. What scrolls by itself does not.
var overflowing = () => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest(".scroll, pre, dialog, svg"))
    .map((e) => `${called(e)} ends at ${e.getBoundingClientRect().right}`);
};

// Contrast ratios by WCAG 2.1, of colours as the browser computed them.
var rgb = (text) => {
  const n = text.match(/[\d.]+/g).map(Number);
  return n.length < 4 ? [...n, 1] : n;
};
var over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
var luminance = (c) => {
  const [r, g, b] = c.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
var contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
var behind = (e) => {
  const layers = [];
  for (; e; e = e.parentElement) layers.push(rgb(getComputedStyle(e).backgroundColor));
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
var faint = () => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let t = texts.nextNode(); t; t = texts.nextNode()) {
    const e = t.parentElement;
    if (!t.data.trim() || /SCRIPT|STYLE/.test(e.tagName) || !visible(e)) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const background = behind(e);
    const ratio = contrast(over(rgb(e.closest("svg") ? style.fill : style.color), background), background);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${called(e)}`);
  }
  // Lines and points need 3:1 (1.4.11); those of further seeds only accompany.
  for (const e of document.querySelectorAll("polyline:not(.thin), .scatter path, .swatch")) {
    const style = getComputedStyle(e), background = behind(e.closest("svg") || e.parentElement);
    const colour = rgb(e.tagName === "SPAN" ? style.backgroundColor : style.stroke);
    colour[3] = parseFloat(style.opacity);
    const ratio = contrast(over(colour, background), background);
    if (ratio < 3) found.push(`${ratio.toFixed(2)} ${called(e)}`);
  }
  return [...new Set(found)];
};

// What stands for a picture or a control where it is not seen.
var unnamed = () => [
  ...[...document.querySelectorAll("img:not([hidden])")].filter((e) => !e.alt).map(called),
  ...[...document.querySelectorAll("svg, canvas, [role=region], input, select, nav, dialog")].filter((e) => !e.getAttribute("aria-label") && !document.getElementById(e.getAttribute("aria-labelledby"))).map(called),
  ...[...document.querySelectorAll("button, a, summary")].filter((e) => !e.getAttribute("aria-label") && !e.textContent.trim()).map(called),
  ...[...document.querySelectorAll("figure")].filter((e) => !e.querySelector("figcaption")?.textContent.trim()).map(called),
];

var structure = () => {
  const found = [];
  if (document.documentElement.lang !== "en") found.push("no language");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  found.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `two elements have the id ${id}`));
  found.push(...[...document.querySelectorAll("a[href^='#']")].filter((a) => !document.querySelector(a.getAttribute("href"))).map((a) => `a link to nowhere: ${a.href}`));
  found.push(...[...document.querySelectorAll("th")].filter((e) => !e.scope).map((e) => `a heading of what? ${called(e)}`));
  return found;
};

// On paper there is nothing to click, and the ground is white.
var onPaper = () => [
  ...[...document.querySelectorAll("nav, .controls, input[type=range], dialog")].filter(visible).map((e) => `visible: ${called(e)}`),
  ...(behind(document.body).slice(0, 3).every((v) => v === 255) ? [] : ["the ground is not white"]),
];

// The keyboard's way through the page.
var visited = new Set();
var controls = () => [...document.querySelectorAll("a[href], button, input:not([disabled]), select, summary, [tabindex='0']")].filter(visible);
var visit = () => {
  const e = document.activeElement, style = getComputedStyle(e);
  visited.add(e);
  if (e === document.body) return "";
  const box = e.getBoundingClientRect();
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return `the focus is not seen on ${called(e)}`;
  if (box.bottom < 0 || box.top > innerHeight) return `the focus is out of sight on ${called(e)}`;
  return "";
};
var unvisited = () => controls().filter((e) => !visited.has(e)).map(called);

var zoomed = () => {
  const dialog = document.querySelector("dialog");
  if (dialog.open) return `open ${dialog.querySelector("img").alt}`;
  return `closed, focus on ${document.activeElement.className}`;
};

var placeOf = (selector, right, down) => {
  const e = document.querySelector(selector);
  e.scrollIntoView({ block: "center", behavior: "instant" });
  const box = e.getBoundingClientRect();
  return [box.left + right * box.width, box.top + down * box.height];
};
var pixelBehind = () => [...document.querySelector(".scatter canvas").getContext("2d").getImageData(64, 64, 1, 1).data];

var chosenInSight = () => {
  const svg = document.querySelector(".scatter svg"), ring = svg.querySelector(".chosen");
  const [x, y, width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const right = +ring.getAttribute("cx") - x, down = +ring.getAttribute("cy") - y;
  return ring.getAttribute("visibility") === "visible" && right >= 0 && right <= width && down >= 0 && down <= height;
};
var pick = (line) => {
  const list = document.querySelector(".scatter select");
  list.selectedIndex = line;
  list.dispatchEvent(new Event("change"));
};
