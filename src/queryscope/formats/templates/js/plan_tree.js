// The tree of a plan: a treegrid of which only the rows in sight are in the document. Cheap parts are closed at first.
const FOLDS_FROM = 13; // nodes; below that there is nothing to close

// marks: { over(id or null), picked(node) }. Returns the element with lit(ids), open(id), openAll().
function planTree(plan, heatName, marks) {
  const nodes = planNodes(plan);
  plan.shut = plan.shut || new Set(plan.closed);
  const state = { plan, nodes, heatName, active: plan.active || 0, lit: new Set(), most: Math.max(...nodes.map((node) => planHeat(node, heatName, plan)[0]), 0) };
  const holder = h("div", { class: "tree-side" });
  let list;
  let rows;
  const build = () => {
    const [top, hasFocus] = list ? [list.scrollTop, list.contains(document.activeElement)] : [0, false];
    rows = treeRows(nodes, plan.shut);
    list = virtual({
      rows, height: 27, label: "Plan", limit: "70vh", className: "grid bare plan-list",
      header: h("div", { role: "row", class: "row thead c-plan" + (heatName === "rows" ? " by-rows" : "") }, treeTitles(plan, heatName).map((title) => h("span", { role: "columnheader" }, title))),
      draw: (row) => (row.note ? noteRow(row) : nodeRow(row.node, state)),
    });
    list.setAttribute("role", "treegrid");
    list.setAttribute("aria-rowcount", rows.length + 1);
    list.tabIndex = 0;
    holder.replaceChildren(list);
    list.scrollTop = top;
    list.repaint();
    activate(state.active, false);
    if (hasFocus) list.focus({ preventScroll: true });
  };
  const activate = (id, isMoved) => {
    state.active = plan.active = id;
    const index = rows.findIndex((row) => !row.note && row.node.id === id);
    if (isMoved) { list.reveal(index); marks.over(id); marks.moved(nodes[id]); }
    for (const row of list.querySelectorAll("[data-node]")) row.setAttribute("aria-selected", String(Number(row.dataset.node) === id));
    list.setAttribute("aria-activedescendant", "plan-row-" + id);
  };
  const turn = (id) => { if (!plan.shut.delete(id)) plan.shut.add(id); build(); };
  holder.addEventListener("keydown", (event) => treeKey(event, { state, rows: () => rows, activate, turn, openAll: holder.openAll, pick: marks.picked }));
  holder.addEventListener("click", (event) => {
    const row = event.target.closest("[data-node]");
    if (!row) return;
    const id = Number(row.dataset.node);
    if (event.target.closest(".twist") || (plan.shut.has(id) && event.target.closest(".closed"))) turn(id);
    else { activate(id, true); marks.picked(nodes[id], true); }
  });
  holder.addEventListener("mouseover", (event) => { const row = event.target.closest("[data-node]"); marks.over(row ? Number(row.dataset.node) : null); });
  holder.addEventListener("mouseleave", () => marks.over(list.contains(document.activeElement) ? state.active : null));
  holder.addEventListener("focusin", () => marks.over(state.active));
  holder.addEventListener("focusout", () => marks.over(null));
  holder.lit = (ids) => {
    state.lit = new Set(ids.map((id) => inSight(nodes[id], plan.shut)));
    for (const row of holder.querySelectorAll("[data-node]")) row.classList.toggle("lit", state.lit.has(Number(row.dataset.node)));
  };
  holder.open = (id) => {
    for (let node = nodes[id].parent; node; node = node.parent) plan.shut.delete(node.id);
    build();
    activate(id, true);
    list.focus({ preventScroll: true });
  };
  holder.openAll = () => { plan.shut.clear(); build(); };
  build();
  return holder;
}

// The rows that are not in a closed part, with what is said of them below.
function treeRows(nodes, shut) {
  const rows = [];
  for (let id = 0; id < nodes.length; id++) {
    const node = nodes[id];
    rows.push({ node });
    node.insights.forEach((insight) => rows.push({ node, note: "⚑ " + insight.message, kind: insight.severity }));
    if (node.badges.length) rows.push({ node, note: node.badges.map((badge) => "· " + badge.message).join("  "), kind: "info" });
    if (shut.has(id)) id = node.last;
  }
  return rows;
}

// The node itself, or the closed one that hides it.
function inSight(node, shut) {
  let seen = node.id;
  for (let above = node.parent; above; above = above.parent) if (shut.has(above.id)) seen = above.id;
  return seen;
}

function treeTitles(plan, heatName) {
  const first = heatName === "time" && !plan.analyzed ? "own cost" : HEATS[heatName];
  return ["node", first, heatName === "rows" ? "a loop × loops" : "rows", "of estimate"];
}

function nodeRow(node, { plan, nodes, heatName, most, active, lit }) {
  const [value, text] = planHeat(node, heatName, plan);
  const [name, what, using] = nodeName(node.raw);
  const isShut = plan.shut.has(node.id);
  const hasBelow = node.last > node.id;
  const aside = nodeAside(node, plan);
  const said = [...node.insights, ...node.badges].map((one) => one.message).join(" ");
  const expected = "expected " + count(node.raw["Plan Rows"]) + (node.raw["Actual Loops"] > 1 ? " a loop" : "");
  return h("div", { role: "row", id: "plan-row-" + node.id, "data-node": node.id, class: "row c-plan node" + (heatName === "rows" ? " by-rows" : "") + (node.ran ? "" : " unrun") + (lit.has(node.id) ? " lit" : ""),
    "aria-level": node.depth + 1, "aria-posinset": node.place, "aria-setsize": node.among, "aria-expanded": hasBelow ? String(!isShut) : null,
    "aria-selected": String(node.id === active), "aria-description": said || null },
  h("span", { role: "gridcell", class: "mono tree", title: [guidesText(node).startsWith("⋯") && "level " + (node.depth + 1) + ": ", name, what, using, aside && ", " + aside].filter(Boolean).join("") },
    h("span", { class: "faint", "aria-hidden": "true" }, guidesText(node), hasBelow && nodes.length >= FOLDS_FROM && h("span", { class: "twist" }, isShut ? "▸ " : "▾ ")),
    h("span", { class: "what" }, name, what && h("b", null, what), using && h("span", { class: "soft" }, using), aside && h("span", { class: "soft" }, " · " + aside),
      isShut && h("span", { class: "closed soft" }, " + " + plural(node.last - node.id, "node") + (plan.analyzed ? ", " + ms(node.below) : "")))),
  gridCell(heat(value, most, node.ran ? text : "never ran")),
  h("span", { role: "gridcell", title: node.ran ? loopsText(node) + ", " + expected : null }, !node.ran ? "–" : heatName === "rows" ? loopsText(node) : count(node.rows)),
  h("span", { role: "gridcell", class: node.factor >= FAR ? "far" : "", title: node.factor ? expected : null }, estimateText(node)));
}

function gridCell(cell) {
  cell.setAttribute("role", "gridcell");
  return cell;
}

// Read out with its node; the row is for the eye.
function noteRow({ node, note, kind }) {
  return h("div", { role: "row", class: "row c-plan", "aria-hidden": "true" },
    h("span", { class: "note " + kind, title: note },
      h("span", { class: "mono faint" }, guidesText(node).replace(/├/g, "│").replace(/└/g, " ") + (node.raw["Plans"] ? "│ " : "  ")), note));
}

// The keys that WAI-ARIA gives a treegrid.
function treeKey(event, { state, rows, activate, turn, openAll, pick }) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { plan, nodes, active } = state;
  const node = nodes[active];
  const shown = rows().filter((row) => !row.note).map((row) => row.node.id);
  const at = Math.max(0, shown.indexOf(active));
  const hasBelow = node.last > node.id;
  const act = {
    ArrowDown: () => activate(shown[Math.min(shown.length - 1, at + 1)], true),
    ArrowUp: () => activate(shown[Math.max(0, at - 1)], true),
    ArrowRight: () => { if (plan.shut.has(active)) turn(active); else if (hasBelow) activate(active + 1, true); },
    ArrowLeft: () => { if (hasBelow && !plan.shut.has(active)) turn(active); else if (node.parent) activate(node.parent.id, true); },
    Home: () => activate(shown[0], true),
    End: () => activate(shown[shown.length - 1], true),
    Enter: () => pick(node),
    " ": () => pick(node),
    "*": openAll,
  }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
