// Inside the Net: an image, the maps of a layer, Grad-CAM over the image, and a square that covers a part of it.

import { choice } from "../page/controls.js";
import { h, note } from "../page/dom.js";
import { frame } from "../page/frame.js";
import { grid, named } from "../page/grid.js";
import { at, clamp, matrix, shape } from "../page/operations.js";
import { extremes, paint } from "../page/picture.js";
import { settings } from "../page/settings.js";
import { short } from "../page/words.js";

const HEAT = [230, 159, 0]; // orange, laid over the image the more opaque the larger the number

export function inside(model, el) {
  const page = frame(model, el);
  const names = ["frames", "image", "layer", "channel", "target", "overlay", "place"];
  const { state, commit, drag, choose, close } = settings(model, names, () => draw());
  const now = { visited: null }; // the place that pointer or focus is on

  const controls = h("div", { class: "cnn-controls" });
  const target = h("select", {
    "aria-label": "class whose probability is watched",
    onchange: () => choose("target")(target.selectedIndex),
  });
  const overlay = choice({
    label: "over the image",
    options: ["nothing", "map", "Grad-CAM"].map((name) => [name, name]),
    onchange: choose("overlay"),
  });
  const canvas = h("canvas", { role: "img" });
  const heat = h("canvas", { class: "cnn-overlay", "aria-hidden": true });
  const box = h("div", { class: "cnn-box cnn-cover", "aria-hidden": true });
  const picture = h("div", { class: "cnn-picture" }, canvas, heat, box);
  const places = grid({
    label: "probability with the square at each place, %",
    onhover: visit,
    onpress: pin,
  });
  const placesName = h("span");
  const scores = h("tbody");
  const maps = h("fieldset", { class: "cnn-maps" });
  const mapsName = h("legend");
  const words = note();
  const mapWords = note();
  page.root.append(
    controls,
    h(
      "div",
      { class: "cnn-stage cnn-top" },
      named("image", picture),
      named(placesName, places),
      h(
        "table",
        { class: "cnn-scores" },
        h("caption", {}, "probability of each class, %"),
        h(
          "thead",
          {},
          h("tr", {}, ...["class", "whole", "covered"].map((name) => h("th", { scope: "col" }, name))),
        ),
        scores,
      ),
    ),
    words,
    maps,
    mapWords,
    note(
      "Point at the image, or move through the numbers with the arrow keys: the square covers that place. ",
      "A click or Enter keeps it there. Outlined: the place where covering costs most.",
    ),
  );
  picture.addEventListener("pointermove", (event) => event.pointerType === "mouse" && visit(placeAt(event)));
  picture.addEventListener("pointerleave", () => visit(null));
  picture.addEventListener("click", (event) => pin(placeAt(event)));

  /** The place whose square has its middle nearest to the pointer. */
  function placeAt(event) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [size, stride] = state.frames.square;
    const at = [
      ((event.clientY - top) / height) * canvas.height,
      ((event.clientX - left) / width) * canvas.width,
    ];
    return at.map((pixel, axis) => clamp(Math.round((pixel - size / 2) / stride), 0, shape(now.covered[0])[axis] - 1));
  }

  const index = (name, count) => Math.min(state[name], count - 1); // Python may have asked for one that is not there

  /** The maps of packed bytes as matrices of numbers. */
  function unpack({ shape: [count, height, width], low, high, bytes }) {
    const text = atob(bytes);
    const value = (n) => low + ((high - low) / 255) * text.charCodeAt(n);
    return Array.from(
      { length: count },
      (_, k) => matrix(height, width, (r, c) => value((k * height + r) * width + c)),
    );
  }

  /** Controls that depend on the frames: made anew when they change. */
  function build() {
    const { images, layers, classes } = state.frames;
    const pick = (name, label, texts) =>
      choice({ label, options: texts.map((text, n) => [n, text]), onchange: choose(name) });
    now.pickImage = pick(
      "image",
      "image",
      images.map(({ name }, n) => `${n + 1} ${name}`),
    );
    now.pickLayer = pick("layer", "layer", layers);
    target.replaceChildren(...classes.map((name) => h("option", {}, name)));
    controls.replaceChildren(
      now.pickImage.element,
      now.pickLayer.element,
      overlay.element,
      h("label", { class: "cnn-check" }, "class", target),
    );
    now.frames = state.frames;
  }

  function draw() {
    if (now.frames !== state.frames) build();
    const { images, layers, classes } = state.frames;
    now.image = images[index("image", images.length)];
    now.covered = unpack(now.image.covered); // for each class the places, row by row
    now.target = index("target", classes.length);
    now.layer = index("layer", layers.length);
    now.pickImage.set(index("image", images.length));
    now.pickLayer.set(now.layer);
    overlay.set(state.overlay);
    target.selectedIndex = now.target;
    drawImage();
    drawMaps();
    drawHeat();
    const watched = now.covered[now.target];
    placesName.textContent = `“${classes[now.target]}” with square, %`;
    places.update(
      watched.map((row) => row.map((p) => Math.round(100 * p))),
      { size: watched[0].length > 8 ? 24 : 32 },
    );
    const [least, most] = extremes(watched);
    const lowest = [];
    if (most - least >= 0.01) {
      watched.forEach((row, r) => row.forEach((p, c) => p === least && lowest.push([r, c])));
    }
    places.mark("changed", lowest);
    cover();
  }

  function drawImage() {
    const pixels = unpack(now.image.pixels);
    const [height, width] = shape(pixels[0]);
    const of = (k, n) => pixels[pixels.length === 3 ? k : 0][Math.floor(n / width)][n % width];
    const color = (n) => [of(0, n), of(1, n), of(2, n), 255];
    paint(canvas, matrix(height, width, (r, c) => r * width + c), { range: [0, 1], color });
    canvas.setAttribute(
      "aria-label",
      `image ${index("image", state.frames.images.length) + 1}, ${now.image.name}`,
    );
  }

  /** One radio button for each map, which shows it. */
  function drawMaps() {
    const all = unpack(now.image.maps[now.layer]);
    now.channel = index("channel", all.length);
    now.map = all[now.channel];
    const range = [Math.min(0, now.image.maps[now.layer].low), now.image.maps[now.layer].high];
    const had = maps.contains(document.activeElement);
    const group = `cnn-${Math.random().toString(36).slice(2)}`;
    const labels = all.map((values, k) => {
      const input = h("input", { type: "radio", name: group, onchange: () => choose("channel")(k) });
      input.checked = k === now.channel;
      input.ariaLabel = `map ${k}, ${describe(values)}`;
      const small = h("canvas", { "aria-hidden": true });
      paint(small, values, { range });
      return h("label", {}, input, small, h("span", { "aria-hidden": true }, `${k}`));
    });
    const [height, width] = shape(now.map);
    mapsName.textContent = `first maps of layer ${state.frames.layers[now.layer]}, ${height}×${width}, on one scale`;
    maps.replaceChildren(mapsName, ...labels);
    if (had) labels[now.channel].firstChild.focus();
    const [black, white] = range.map(short);
    mapWords.textContent = `Map ${now.channel}: ${describe(now.map)}. Black is ${black}, white ${white}.`;
  }

  /** Its range, and where it is largest. */
  function describe(values) {
    const [least, most] = extremes(values);
    const [height, width] = shape(values);
    const n = values.flat().indexOf(most);
    const where = `row ${Math.floor(n / width)}, column ${n % width} of ${height}×${width}`;
    return `from ${short(least)} to ${short(most)}, largest at ${where}`;
  }

  function drawHeat() {
    const shown = { map: now.map, "Grad-CAM": unpack(now.image.cams)[now.target] }[state.overlay];
    heat.hidden = !shown;
    canvas.classList.toggle("grey", Boolean(shown)); // what is coloured then is the heat
    if (!shown) return;
    const largest = Math.max(extremes(shown)[1], 1e-12);
    const color = (share) => [...HEAT, 215 * clamp(share, 0, 1)];
    paint(heat, shown, { range: [0, largest], color });
    heat.classList.toggle("smooth", state.overlay === "Grad-CAM");
  }

  /** Cover the place that is visited, else the one that is kept, and say what it does to the scores. */
  function cover() {
    const [rows, columns] = shape(now.covered[0]);
    const kept = state.place >= 0 && state.place < rows * columns;
    const here = now.visited ?? (kept ? [Math.floor(state.place / columns), state.place % columns] : null);
    const { classes, square, layers } = state.frames;
    const before = now.image.probabilities;
    const after = here ? now.covered.map((scores) => at(scores, here)) : null;
    const percent = (p) => `${Math.round(100 * p)}`;
    const answer = before.indexOf(Math.max(...before));
    box.hidden = !here;
    places.mark("current", here ? [here] : []);
    scores.replaceChildren(
      ...classes.map((name, k) => {
        const bar = h("span", {
          class: "cnn-share",
          style: `--share: ${(after ?? before)[k]}`,
          "aria-hidden": true,
        });
        const cells = [percent(before[k]), after ? percent(after[k]) : "–", bar].map((cell) => h("td", {}, cell));
        return h(
          "tr",
          { class: k === now.target ? "watched" : "" },
          h("th", { scope: "row" }, name),
          ...cells,
        );
      }),
    );
    let text = `Whole image (${now.image.name}): ${classes[answer]}, ${percent(before[answer])} %.`;
    if (here) {
      const [top, left] = here.map((n) => n * square[1]);
      const [height, width] = [canvas.height, canvas.width];
      const side = square[0];
      Object.assign(box.style, {
        top: `${(100 * top) / height}%`,
        left: `${(100 * left) / width}%`,
        height: `${(100 * side) / height}%`,
        width: `${(100 * side) / width}%`,
      });
      const most = after.indexOf(Math.max(...after));
      const score = `${classes[now.target]} ${percent(before[now.target])} → ${percent(after[now.target])} %`;
      const rows = `Rows ${top} to ${top + side - 1}, columns ${left} to ${left + side - 1}`;
      text += ` ${rows} covered: ${score}; answer ${classes[most]}.`;
    }
    if (state.overlay === "Grad-CAM") {
      const cam = unpack(now.image.cams)[now.target];
      text += extremes(cam)[1] > 0
        ? ` Grad-CAM at ${layers.at(-1)}: ${describe(cam)}.`
        : " Grad-CAM: nothing speaks for it.";
    }
    words.textContent = text;
  }

  function visit(place) {
    if (String(place) === String(now.visited)) return;
    now.visited = place;
    cover();
    if (place && places.focused()) page.say(words.textContent);
  }
  /** @param {number[]} cell */
  function pin(cell) {
    const place = cell[0] * shape(now.covered[0])[1] + cell[1];
    drag("place")(state.place === place ? -1 : place);
    commit();
    page.say(words.textContent);
  }

  draw();
  return () => {
    close();
    page.close();
  };
}
