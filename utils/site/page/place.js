// The figures of a page: each is drawn in its place once that comes near the screen, by a script that is loaded once.

import { localModel } from "../../widgets/page/local_model.js";
import { readAddress, writeAddress } from "./settings.js";

const own = document.currentScript.src; // nothing where the page is one file, which holds its figures
const FIGURES = own && new URL("../figures/", own);

const loaded = {};
/** A figure's script, which enters it into `courseFigures`. A file may not import modules, so it is a plain script. */
function load(name) {
  return (loaded[name] ??= new Promise((resolve, reject) => {
    if (window.courseFigures?.[name]) return resolve(window.courseFigures[name]); // it is in the page
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, FIGURES).href;
    script.onload = () => resolve(window.courseFigures[name]);
    script.onerror = reject;
    document.head.append(script);
  }));
}

async function draw(place) {
  if (place.dataset.drawn) return;
  place.dataset.drawn = "yes";
  const name = place.dataset.figure;
  const { draw: figure, usual, bounds } = await load(name);
  const given = JSON.parse(place.dataset.settings);
  // In a page of its own its address says what it shows.
  const told = document.body.dataset.figure === name ? readAddress(location.hash, bounds) : { settings: {} };
  const state = { ...usual, ...given, ...told.settings };
  if (told.problem) state.problem = told.problem;
  const live = document.createElement("div");
  place.prepend(live);
  figure(localModel(state), live);
  // Its title is one below the heading that it stands under, and so on.
  const lower = levelAbove(place) + 1 - 3;
  for (const heading of live.querySelectorAll("h3, h4")) {
    heading.setAttribute("aria-level", String(Number(heading.tagName[1]) + lower));
  }
  place.querySelector(":scope > details").open = false;
  if (FIGURES) live.after(links(name, state, usual, bounds));
}

/** The level of the heading under which a place stands. */
function levelAbove(place) {
  const before = [...document.querySelectorAll("h1, h2, h3")].filter(
    (heading) => !heading.closest(".cnn") && heading.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  return Number(before.at(-1)?.tagName[1] ?? 1);
}

/** Below a figure: its address with today's settings, and the line by which another page shows it. */
function links(name, state, usual, bounds) {
  const address = () => new URL(`${name}.html`, FIGURES).href + writeAddress(state, usual, bounds);
  const row = document.createElement("p");
  row.className = "cnn-links";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const button = (words, text) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.onclick = async () => {
      try {
        await navigator.clipboard.writeText(text());
        said.textContent = "Copied.";
      } catch {
        said.textContent = text(); // where a page may not use the clipboard: to be copied by hand
      }
    };
    return made;
  };
  const frame = () => {
    const made = document.createElement("iframe");
    const told = { src: address(), title: state.title, width: "100%", height: "600", style: "border: 0" };
    for (const [name, value] of Object.entries(told)) made.setAttribute(name, value);
    return made.outerHTML;
  };
  row.append(button("Copy link", address), button("Copy to embed", frame), said);
  return row;
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: "600px" },
);
const all = [...document.querySelectorAll(".cnn-place")];
all.forEach((place) => seen.observe(place));
// The others once the page has come to rest: it may be printed.
addEventListener("load", () =>
  setTimeout(() => {
    for (const place of all) draw(place);
    for (const image of document.images) image.loading = "eager";
  }, 1500));
