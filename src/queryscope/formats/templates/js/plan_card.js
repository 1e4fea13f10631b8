// One plan: how it was made, its tree beside its statement, one node in full, what plan rules say, circumstances.

// address(heat): where the same plan stands with another heat.
function planCard(plan, heatName, address) {
  const detail = h("div", null);
  let shown = null;
  const pick = (node, isForced) => {
    shown = shown === node.id && !isForced ? null : node.id;
    detail.replaceChildren(...(shown === null ? [] : [nodeDetail(node, plan)]));
    if (shown !== null) detail.querySelector("h3").scrollIntoView({ block: "nearest" });
  };
  let statement = null;
  const tree = planTree(plan, heatName, {
    over: (id) => statement && statement.lit(id),
    moved: (node) => { if (shown !== null && shown !== node.id) { shown = node.id; detail.replaceChildren(nodeDetail(node, plan)); } },
    picked: pick,
  });
  if (plan.sql && plan.sql.length) statement = planSql(plan, tree.lit, tree.open);
  return h("section", { class: "card plan" },
    h("h2", { class: "small" }, "Plan", planLabel(plan),
      h("span", { class: "grow" }), h("span", { class: "soft choice" }, "heat:", Object.keys(HEATS).map((name) => h("a", { href: address(name), "aria-current": name === heatName ? "true" : null }, HEATS[name])))),
    h("div", { class: "sides" }, tree, statement && h("div", { class: "sql-side" }, statement)),
    detail,
    insightsPart(plan),
    circumstances(plan),
    h("div", { class: "acts" }, copyButton("Copy plan JSON", "Plan", () => JSON.stringify([plan.plan], null, 2)),
      plan.closed.length > 0 && h("button", { type: "button", onclick: tree.openAll }, "Open all " + count(planNodes(plan).length) + " nodes"),
      route().view !== "queries" && report.shapeAt.has(plan.fingerprint) && h("a", { class: "button", href: link("queries", plan.fingerprint) }, "Query")));
}

// Analyzed or estimated, how long it took, and why it is no more than an estimate.
function planLabel(plan) {
  const took = plan.plan["Execution Time"];
  const how = plan.source === "auto_explain" ? "of the very execution" : "";
  return [
    h("span", { class: "tag " + (plan.analyzed ? "better" : "worse") }, plan.analyzed ? "analyzed" : "estimated"),
    h("span", { class: "soft" }, [took !== undefined ? ms(took) : "", how, plan.note || (plan.analyzed ? "" : "it was not run: costs instead of times")].filter(Boolean).join(" · ")),
  ];
}

// What plan rules say, in full, and what is to know of the plan as a whole; the rows above have room for one line.
function insightsPart(plan) {
  const told = plan.insights.filter((insight) => !insight.is_badge).slice(0, 20);
  const whole = plan.badges.filter((badge) => badge.node === null);
  return told.length + whole.length > 0 && h("ul", { class: "plainlist picked told" },
    told.map((insight) => h("li", null, h("span", { class: "note " + insight.severity }, "⚑ "), insight.message, " ", h("span", { class: "soft" }, insight.remedy))),
    whole.map((badge) => h("li", { class: "soft" }, "· ", badge.text)));
}

function nodeDetail(node, plan) {
  const raw = node.raw;
  const left = Object.entries(raw).filter(([key, value]) => !["Plans", "Node Type", "Workers"].includes(key) && value !== "" && value !== 0 && value !== false);
  const planned = raw["Plan Rows"];
  return h("div", { class: "body picked" }, h("h3", null, nodeName(raw)),
    facts([
      plan.analyzed && (node.ran ? ["In all", ms(node.total) + ", " + ms(node.self) + " by itself"] : ["Never ran", "What stands above it did not need its rows."]),
      plan.analyzed && node.ran && ["Rows", count(node.rows) + " = " + loopsText(node) + (raw["Actual Loops"] === 1 ? " loop" : " loops") + "; expected " + count(planned) + " a loop" + (node.factor > 1 ? ", " + estimateText(node) + " off" : "")],
      plan.analyzed && node.selfBlocks > 0 && ["Buffers", count(node.selfBlocks) + " blocks by itself"],
      ...node.insights.concat(node.badges).map((one) => ["Note", one.message]),
      raw["Workers"] && ["Workers", raw["Workers"].slice(0, 40).map((worker) => h("div", { class: "num" }, workerText(worker)))],
      ...left.slice(0, 40).map(([key, value]) => [key, h("span", { class: "mono" }, plainText(value))]),
    ], true));
}

function workerText(worker) {
  const known = ["Worker Number", "Actual Rows", "Actual Loops", "Actual Total Time"];
  const more = Object.entries(worker).filter(([key, value]) => !known.includes(key) && !/^Actual |Blocks$/.test(key) && value).slice(0, 6);
  const loops = worker["Actual Loops"];
  return [
    "worker " + worker["Worker Number"] + ":",
    loops === 0 ? "never ran" : worker["Actual Rows"] !== undefined ? count(worker["Actual Rows"] * (loops || 1)) + " rows" : "",
    loops && worker["Actual Total Time"] !== undefined ? ms(worker["Actual Total Time"] * loops) : "",
    ...more.map(([key, value]) => key + " " + plainText(value)),
  ].filter(Boolean).join(" ");
}

function plainText(value) {
  if (typeof value === "object") return Array.isArray(value) && value.every((one) => typeof one !== "object") ? value.join(", ") : JSON.stringify(value);
  return typeof value === "number" && Math.abs(value) >= 1000 ? count(value) : String(value);
}

// What was around the plan: one line, and more on demand.
function circumstances(plan) {
  const { plan: raw } = plan;
  const settings = Object.entries(raw["Settings"] || {});
  const jit = raw["JIT"];
  const triggers = raw["Triggers"] || [];
  const planning = raw["Planning Time"];
  const known = (value) => value !== undefined && value !== null;
  const brief = [
    known(planning) && "planning " + ms(planning),
    known(plan.analyze_ms) && "ANALYZE took " + ms(plan.analyze_ms),
    known(plan.jit_ms) && plan.jit_ms > 0 && "JIT " + ms(plan.jit_ms),
    triggers.length > 0 && plural(triggers.length, "trigger") + " " + ms(plan.trigger_ms),
    ...settings.slice(0, 3).map(([name, value]) => name + " = " + value),
    settings.length > 3 && plural(settings.length - 3, "more setting"),
  ].filter(Boolean).join(" · ");
  if (!brief) return "";
  return h("details", { class: "around" }, h("summary", null, brief), facts([
    known(plan.observed_ms) && ["The application", "waited " + ms(plan.observed_ms) + " for it"],
    known(plan.explain_ms) && ["EXPLAIN took", ms(plan.explain_ms) + " in all" + (known(plan.analyze_ms) ? ", " + ms(plan.analyze_ms) + " of it to run the statement again" : "")],
    plan.typical && ["Other parameters", typicalText(plan.typical)],
    known(planning) && ["Planning", ms(planning) + buffersText(raw["Planning"])],
    raw["Serialization"] && ["Serializing", plainText(raw["Serialization"])],
    jit && ["JIT", [count(jit["Functions"]) + " functions, " + ms(plan.jit_ms || 0), h("div", { class: "soft" },
      Object.entries(jit["Timing"] || {}).filter(([name]) => name !== "Total").map(([name, value]) => name.toLowerCase() + " " + ms(value)).join(", "))]],
    ...triggers.slice(0, 20).map((one) => ["Trigger", [h("code", null, one["Trigger Name"] || one["Constraint Name"]), " on " + one["Relation"] + ": " + ms(one["Time"] || 0) + " in " + plural(one["Calls"] || 0, "call")]]),
    ...settings.map(([name, value]) => [h("code", null, name), h("code", null, value)]),
  ], true));
}

function buffersText(planning) {
  const blocks = planning ? (planning["Shared Hit Blocks"] || 0) + (planning["Shared Read Blocks"] || 0) : 0;
  return blocks ? ", " + plural(blocks, "block") : "";
}

// The same statement with the parameters of its first execution, where the plan has those of its slowest.
function typicalText(typical) {
  const known = (value) => value !== undefined && value !== null;
  return "Those of the first execution: " + [known(typical.execution_time_ms) ? ms(typical.execution_time_ms) : "not run",
    known(typical.rows) && plural(typical.rows, "row"), typical.has_same_nodes ? "the same plan" : "another plan"].filter(Boolean).join(", ");
}

// A statement that was to be explained and was not.
function skippedCard(reason) {
  return h("section", { class: "card" }, h("h2", { class: "small" }, "Plan", h("span", { class: "tag" }, "skipped"), h("span", { class: "soft" }, reason)));
}
