// A plan's nodes and their numbers. These come with the data: of all loops together, each counted once.
const HEATS = { time: "self time", rows: "rows", buffers: "buffers", estimate: "estimate" };
const FAR = 10; // an estimate so many times off is marked
const MOST_GUIDES = 9; // deeper nodes are drawn this deep, and say so

// Nodes depth first; plan.nodes holds their numbers in the same order. Kept: a change of the heat is no other plan.
function planNodes(plan) {
  if (plan.drawn) return plan.drawn;
  const nodes = [];
  const walk = (raw, parent, guides, place, among) => {
    const [total, self, rows, selfBlocks, loops, factor, ran] = plan.nodes[nodes.length];
    const node = { raw, parent, guides, place, among, id: nodes.length, depth: parent ? parent.depth + 1 : 0, total, self, rows, selfBlocks, loops, factor,
      ran: ran || !plan.analyzed, isMore: (raw["Actual Rows"] || 0) >= raw["Plan Rows"], below: 0, insights: [], badges: [] };
    nodes.push(node);
    const below = raw["Plans"] || [];
    below.forEach((child, index) => walk(child, node, [...guides.slice(-MOST_GUIDES), index < below.length - 1], index + 1, below.length));
    node.last = nodes.length - 1; // of the nodes below
    if (parent) parent.below += node.self + node.below;
  };
  walk(plan.plan["Plan"], null, [], 1, 1);
  plan.insights.forEach((insight) => nodes[insight.node] && nodes[insight.node][insight.is_badge ? "badges" : "insights"].push(insight));
  plan.badges.forEach((badge) => nodes[badge.node] && nodes[badge.node].badges.push({ rule: badge.name, message: badge.text }));
  plan.drawn = nodes;
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
  const text = (node.factor < 10 ? node.factor.toFixed(1) : node.factor < 9999.5 ? count(node.factor) : count(node.factor / 1000) + "k") + "×";
  return node.factor >= FAR ? (node.isMore ? "▲ " : "▼ ") + text : text;
}

// "7.3 × 3 000": rows of one loop, and how often it ran; below a Gather each process has loops of its own.
function loopsText(node) {
  const loops = node.raw["Actual Loops"];
  if (!loops) return "–";
  const each = node.rows / loops;
  return (each < 10 && each !== Math.round(each) ? each.toFixed(1) : count(each)) + " × " + count(loops);
}

function nodeName(raw) {
  const what = raw["Relation Name"] || raw["CTE Name"] || raw["Function Name"] || raw["Index Name"];
  const join = raw["Join Type"] && raw["Join Type"] !== "Inner" ? " " + raw["Join Type"] : "";
  const how = raw["Operation"] || (raw["Node Type"] === "Aggregate" && raw["Strategy"] !== "Plain" && raw["Strategy"]) || raw["Command"];
  const alias = raw["Alias"] && raw["Alias"] !== raw["Relation Name"] ? " " + raw["Alias"] : "";
  const part = raw["Partial Mode"] && raw["Partial Mode"] !== "Simple" ? raw["Partial Mode"] + " " : "";
  return [
    (raw["Parallel Aware"] ? "Parallel " : "") + part + raw["Node Type"] + join + (how ? " (" + String(how).toLowerCase() + ")" : ""),
    what && " " + what + alias,
    what !== raw["Index Name"] && raw["Index Name"] && " using " + raw["Index Name"],
  ];
}

// What a row has no column for: the subplan's name, workers, what a filter dropped, what went to disk.
function nodeAside(node, plan) {
  return [node.raw["Subplan Name"], plan.facts[node.id]].filter(Boolean).join(", ");
}

function guidesText(node) {
  const shown = node.guides.map((more, index) => (index < node.guides.length - 1 ? (more ? "│ " : "  ") : more ? "├ " : "└ ")).join("");
  return node.depth > node.guides.length ? "⋯ " + shown : shown;
}
