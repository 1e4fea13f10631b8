// A plan as an indented tree. Its numbers come with the data: of all loops together, each counted once.
const HEATS = { time: "self time", rows: "rows", buffers: "buffers", estimate: "estimate" };

// Nodes depth first; plan.nodes holds their numbers in the same order.
function planNodes(plan) {
  const nodes = [];
  const walk = (raw, depth, marks) => {
    const [total, self, rows, selfBlocks, loops, factor, ran] = plan.nodes[nodes.length];
    nodes.push({ raw, depth, marks, id: nodes.length, total, self, rows, selfBlocks, loops, factor, ran: ran || !plan.analyzed,
      isMore: (raw["Actual Rows"] || 0) >= raw["Plan Rows"] });
    const below = raw["Plans"] || [];
    below.forEach((child, index) => walk(child, depth + 1, [...marks, index < below.length - 1]));
  };
  walk(plan.plan["Plan"], 0, []);
  return nodes;
}

function planHeat(node, heatName, plan) {
  const inTime = plan.analyzed ? ms(node.self) : "cost " + count(node.self);
  return {
    time: [node.self, inTime],
    rows: [node.rows, count(node.rows)],
    buffers: [node.selfBlocks, count(node.selfBlocks)],
    estimate: [node.factor > 1 ? Math.log10(node.factor) : 0, estimateText(node)],
  }[heatName];
}

function estimateText(node) {
  if (!node.factor) return "–";
  const text = (node.factor < 10 ? node.factor.toFixed(1) : count(node.factor)) + "×";
  return node.factor >= 10 ? (node.isMore ? "▲ " : "▼ ") + text : text;
}

function nodeName(raw) {
  const what = raw["Relation Name"] || raw["CTE Name"] || raw["Index Name"];
  const join = raw["Join Type"] && raw["Join Type"] !== "Inner" ? " " + raw["Join Type"] : "";
  const alias = raw["Alias"] && raw["Alias"] !== raw["Relation Name"] ? " " + raw["Alias"] : "";
  return [(raw["Parallel Aware"] ? "Parallel " : "") + raw["Node Type"] + join, what && " " + what + alias, what !== raw["Index Name"] && raw["Index Name"] && " using " + raw["Index Name"]];
}

function planCard(plan, heatName, address) {
  const nodes = planNodes(plan);
  const notes = (id) => plan.insights.filter((insight) => insight.node === id).map((insight) => ({ insight, node: nodes[id] }));
  const rows = nodes.flatMap((node) => [node, ...notes(node.id)]);
  const most = Math.max(...nodes.map((node) => planHeat(node, heatName, plan)[0]), 0);
  const detail = h("div", null);
  const pick = (node) => { detail.replaceChildren(nodeDetail(node, plan)); detail.scrollIntoView({ block: "nearest" }); };
  const took = plan.plan["Execution Time"];
  const titles = ["node", HEATS[heatName], heatName === "rows" ? "loops" : "rows", "of estimate"];
  return h("section", { class: "card" },
    h("h2", { class: "small" }, "Plan", h("span", { class: "soft" }, [took !== undefined ? ms(took) : "", plan.analyzed ? "analyzed" : "estimated only", plan.note].filter(Boolean).join(" · ")),
      h("span", { class: "grow" }), h("span", { class: "soft choice" }, "heat:", Object.keys(HEATS).map((name) => h("a", { href: address(name), "aria-current": name === heatName ? "true" : null }, HEATS[name])))),
    virtual({
      rows, height: 27, label: "Plan", limit: "70vh", className: "grid bare",
      header: h("div", { role: "row", class: "row thead c-plan" }, titles.map((title) => h("span", { role: "columnheader" }, title))),
      draw: (row) => (row.insight ? noteRow(row) : nodeRow(row, plan, heatName, most, pick)),
    }),
    detail,
    insightsPart(plan),
    h("div", { class: "acts" }, copyButton("Copy plan JSON", "Plan", () => JSON.stringify([plan.plan], null, 2))));
}

function indent(node) {
  return node.marks.map((more, index) => (index < node.marks.length - 1 ? (more ? "│ " : "  ") : more ? "├ " : "└ ")).join("");
}

function nodeRow(node, plan, heatName, most, pick) {
  const [value, text] = planHeat(node, heatName, plan);
  const [name, what, using] = nodeName(node.raw);
  return h("div", { role: "row", class: "row c-plan" },
    h("span", { role: "cell", class: "mono tree", title: [name, what, using].filter(Boolean).join("") }, h("span", { class: "faint" }, indent(node)), h("button", { type: "button", class: "bare", onclick: () => pick(node) }, name, what && h("b", null, what), using && h("span", { class: "soft" }, using))),
    asCell(heat(value, most, node.ran ? text : "never ran")),
    h("span", { role: "cell" }, heatName === "rows" ? count(node.loops) : count(node.rows)),
    h("span", { role: "cell", class: node.factor >= 10 ? "far" : "" }, estimateText(node)));
}

function noteRow({ insight, node }) {
  return h("div", { role: "row", class: "row c-plan" },
    h("span", { role: "cell", class: "note " + (insight.is_badge ? "info" : insight.severity), title: insight.message },
      h("span", { class: "mono faint" }, indent(node).replace(/├/g, "│").replace(/└/g, " ") + (node.raw["Plans"] ? "│ " : "  ")), insight.is_badge ? "· " : "⚑ ", insight.message));
}

// What plan rules say, in full; the rows above have room for one line.
function insightsPart(plan) {
  const told = plan.insights.filter((insight) => !insight.is_badge).slice(0, 20);
  return told.length > 0 && h("ul", { class: "plainlist picked told" }, told.map((insight) => h("li", null,
    h("span", { class: "note " + insight.severity }, "⚑ "), insight.message, " ", h("span", { class: "soft" }, insight.remedy))));
}

function nodeDetail(node, plan) {
  const left = Object.entries(node.raw).filter(([key, value]) => key !== "Plans" && key !== "Node Type" && value !== "" && value !== 0 && value !== false);
  return h("div", { class: "body picked" }, h("h3", null, nodeName(node.raw)),
    facts([
      plan.analyzed && node.ran && ["In all", ms(node.total) + ", " + ms(node.self) + " by itself, " + plural(node.loops, "loop")],
      ...left.slice(0, 40).map(([key, value]) => [key, h("span", { class: "mono" }, typeof value === "object" ? JSON.stringify(value) : typeof value === "number" && Math.abs(value) >= 1000 ? count(value) : String(value))]),
    ], true));
}
