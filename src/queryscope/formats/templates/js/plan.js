// A plan as an indented tree. PostgreSQL prints times and rows per loop; here they are of the whole run.
const HEATS = { time: "self time", rows: "rows", buffers: "buffers", estimate: "estimate" };

// Nodes depth first, each with what it took by itself. Below a Gather the loops are workers, who work side by side.
function planNodes(plan) {
  const nodes = [];
  const walk = (raw, depth, marks, workers) => {
    const loops = raw["Actual Loops"];
    const ran = loops === undefined || loops > 0;
    const times = loops === undefined ? 1 : loops;
    const node = {
      raw, id: nodes.length, depth, marks, ran, loops: times,
      total: raw["Actual Total Time"] === undefined ? raw["Total Cost"] || 0 : (raw["Actual Total Time"] * times) / Math.min(workers, times || 1),
      rows: raw["Actual Rows"] === undefined ? raw["Plan Rows"] || 0 : raw["Actual Rows"] * times,
      blocks: ["Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks"].reduce((sum, key) => sum + (raw[key] || 0), 0),
    };
    nodes.push(node);
    const below = raw["Plans"] || [];
    const inner = raw["Workers Launched"] ? raw["Workers Launched"] + 1 : workers;
    const children = below.map((child, index) => walk(child, depth + 1, [...marks, index < below.length - 1], inner));
    const inside = (key) => children.reduce((sum, child) => sum + (child.raw["Parent Relationship"] === "InitPlan" && key === "total" ? 0 : child[key]), 0);
    node.self = Math.max(0, node.total - inside("total"));
    node.selfBlocks = Math.max(0, node.blocks - inside("blocks"));
    const [got, guess] = [Math.max(raw["Actual Rows"] || 0, 1), Math.max(raw["Plan Rows"] || 0, 1)];
    node.factor = raw["Actual Rows"] === undefined || !ran ? 0 : Math.max(got / guess, guess / got);
    node.isMore = got >= guess;
    return node;
  };
  walk(plan.plan["Plan"], 0, [], 1);
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
  if (!node.factor) return node.ran ? "–" : "never ran";
  const text = (node.factor < 10 ? node.factor.toFixed(1) : count(node.factor)) + "×";
  return node.factor >= 10 ? (node.isMore ? "▲ " : "▼ ") + text : text;
}

function nodeName(raw) {
  const what = [raw["Index Name"] && "using " + raw["Index Name"], raw["Relation Name"] || raw["CTE Name"]].filter(Boolean).join(" on ");
  const join = raw["Join Type"] && raw["Join Type"] !== "Inner" ? " " + raw["Join Type"] : "";
  const alias = raw["Alias"] && raw["Alias"] !== raw["Relation Name"] ? " " + raw["Alias"] : "";
  return [(raw["Parallel Aware"] ? "Parallel " : "") + raw["Node Type"] + join, what && " " + what + alias];
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
    h("h3", null, "Plan", h("span", { class: "soft" }, [took !== undefined ? ms(took) : "", plan.analyzed ? "analyzed" : "estimated only", plan.note].filter(Boolean).join(" · ")),
      h("span", { class: "grow" }), h("span", { class: "soft choice" }, "heat:", Object.keys(HEATS).map((name) => h("a", { href: address(name), "aria-current": name === heatName ? "true" : null }, HEATS[name])))),
    virtual({
      rows, height: 27, label: "Plan", limit: "70vh", className: "grid bare",
      header: h("div", { role: "row", class: "row thead c-plan" }, titles.map((title) => h("span", { role: "columnheader" }, title))),
      draw: (row) => (row.insight ? noteRow(row) : nodeRow(row, plan, heatName, most, pick)),
    }),
    detail,
    h("div", { class: "acts" }, copyButton("Copy plan JSON", "Plan", () => JSON.stringify([plan.plan], null, 2))));
}

function indent(node) {
  return node.marks.map((more, index) => (index < node.marks.length - 1 ? (more ? "│ " : "  ") : more ? "├ " : "└ ")).join("");
}

function nodeRow(node, plan, heatName, most, pick) {
  const [value, text] = planHeat(node, heatName, plan);
  const [name, what] = nodeName(node.raw);
  return h("div", { role: "row", class: "row c-plan" },
    h("span", { role: "cell", class: "mono tree", title: name + (what || "") }, indent(node), h("button", { type: "button", class: "bare", onclick: () => pick(node) }, name, what && h("b", null, what))),
    asCell(heat(value, most, node.ran ? text : "never ran")),
    h("span", { role: "cell" }, heatName === "rows" ? count(node.loops) : count(node.rows)),
    h("span", { role: "cell", class: node.factor >= 10 ? "far" : "" }, estimateText(node)));
}

function noteRow({ insight, node }) {
  const text = insight.message + (insight.remedy ? " " + insight.remedy : "");
  return h("div", { role: "row", class: "row c-plan" },
    h("span", { role: "cell", class: "note " + (insight.is_badge ? "info" : insight.severity), title: text },
      h("span", { class: "mono" }, indent(node).replace(/[├└]/g, " ").replace(/$/, "  ")), insight.is_badge ? "· " : "⚑ ", text));
}

function nodeDetail(node, plan) {
  const left = Object.entries(node.raw).filter(([key, value]) => key !== "Plans" && key !== "Node Type" && value !== "" && value !== 0 && value !== false);
  return h("div", { class: "body picked" }, h("h3", null, nodeName(node.raw)),
    facts([
      plan.analyzed && node.ran && ["In all", ms(node.total) + ", " + ms(node.self) + " by itself, " + plural(node.loops, "loop")],
      ...left.slice(0, 40).map(([key, value]) => [key, h("span", { class: "mono" }, typeof value === "object" ? JSON.stringify(value) : typeof value === "number" && Math.abs(value) >= 1000 ? count(value) : String(value))]),
    ], true));
}
