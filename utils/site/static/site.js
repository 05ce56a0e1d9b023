// A lecture on a projector, and on paper.

/** The parts of a page in the order in which they are read, each with the number of the thought that it belongs to. */
function thoughts(article) {
  const parts = [...article.querySelectorAll("section > *")].filter(
    (part) =>
      part.tagName !== "SECTION" && !part.closest(".cnn") && (part.innerText.trim() || part.querySelector("img, .cnn")),
  );
  let count = -1;
  let letters = 0;
  let heading = false;
  for (const part of parts) {
    const title = /^H[1-3]$/.test(part.tagName);
    const shown = part.matches(".cell, .formula + .cell, blockquote, table");
    const long = letters + part.textContent.length > 600;
    if (title || ((shown || long) && !heading && letters > 0)) {
      count += 1;
      letters = 0;
    }
    part.dataset.thought = Math.max(count, 0);
    letters += title ? 0 : part.textContent.length + 1;
    heading = title;
  }
  return parts;
}

function present() {
  const article = document.querySelector("article");
  const root = document.documentElement;
  const parts = thoughts(article);
  const last = Number(parts.at(-1).dataset.thought);
  const bar = document.createElement("div");
  bar.className = "thought-bar";
  bar.setAttribute("role", "status");
  document.body.append(bar);
  const seen = parts.find((part) => part.getBoundingClientRect().bottom > 0);
  let now = Number(seen?.dataset.thought ?? 0);
  const show = () => {
    for (const part of parts) part.classList.toggle("now", Number(part.dataset.thought) === now);
    bar.textContent = `${now + 1} of ${last + 1} · → next · ← back · F full screen · Esc ends`;
    scrollTo(0, 0);
  };
  const go = (to) => {
    now = Math.min(Math.max(to, 0), last);
    show();
  };
  const keys = {
    ArrowRight: () => go(now + 1),
    PageDown: () => go(now + 1),
    " ": () => go(now + 1),
    ArrowLeft: () => go(now - 1),
    PageUp: () => go(now - 1),
    Home: () => go(0),
    End: () => go(last),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
    Escape: () => end(),
  };
  const press = (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    // In a figure the keys are the figure's; those of a remote control turn the page everywhere.
    const inside = event.target.closest?.(".cnn, input, textarea, select, button, summary, a");
    if (inside && !event.key.startsWith("Page") && event.key !== "Escape") return;
    event.preventDefault();
    act();
  };
  const end = () => {
    root.classList.remove("presenting");
    document.removeEventListener("keydown", press, true);
    bar.remove();
    parts.find((part) => part.classList.contains("now"))?.scrollIntoView();
  };
  root.classList.add("presenting");
  document.addEventListener("keydown", press, true); // before a figure has taken the key
  document.activeElement?.blur();
  show();
}

/** Under the title of a lecture: the way to the projector. */
function tools() {
  const title = document.querySelector("article h1");
  if (!title || !document.querySelector("article .cell")) return;
  const row = document.createElement("p");
  row.className = "course-tools";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Show on a projector";
  button.onclick = present;
  row.append(button);
  title.after(row);
}
tools();

// What is wider than the page is scrolled by keys, too.
const scrolled = new ResizeObserver((changes) => {
  for (const { target } of changes) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
document.querySelectorAll("article pre").forEach((code) => scrolled.observe(code));

// The theme's two columns, told apart for those who go from landmark to landmark.
document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "All pages");
document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");

// Paper cannot be opened: what is folded is printed open, and folded again afterwards.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("article details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
