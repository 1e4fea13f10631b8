// Any state is a link: #/view/item?name=value.
const views = {};

function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map((part) => { try { return decodeURIComponent(part); } catch { return part; } });
  return { view: Object.hasOwn(views, parts[0]) ? parts[0] : "findings", item: parts[1] || "", options: new URLSearchParams(query) };
}

function link(view, item = "", options = {}) {
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value)).toString();
  return "#/" + view + (item === "" ? "" : "/" + encodeURIComponent(item)) + (query ? "?" + query : "");
}

// Change options of this state in place, without a new entry in the history.
function setOptions(changes) {
  const here = route();
  const options = { ...Object.fromEntries(here.options), ...changes };
  history.replaceState(null, "", link(here.view, here.item, options));
}

function draw() {
  const here = route();
  for (const tab of byId("views").children) {
    const isHere = tab.getAttribute("href") === "#/" + here.view;
    if (isHere) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  views[here.view](here);
}

let lastView = "";

function onRoute() {
  if (location.hash && !location.hash.startsWith("#/")) return;
  const here = route();
  const key = here.view + "/" + (here.view === "findings" || here.view === "plans" || here.view === "indexes" ? "" : here.item);
  const moved = lastView && key !== lastView;
  lastView = key;
  draw();
  if (moved) { scrollTo(0, 0); byId("main").focus({ preventScroll: true }); }
}
