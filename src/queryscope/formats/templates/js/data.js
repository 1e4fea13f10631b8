// The report's data: gzip in base64, decoded once; columns of events are cut into units of work.
const report = {};

async function load() {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser has no DecompressionStream (Chrome 80, Firefox 113, Safari 16.4 have it). The findings stand below as text.");
  }
  const packed = Uint8Array.from(atob(byId("data").textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  Object.assign(report, JSON.parse(await new Response(stream).text()));
  let offset = 0;
  report.offsets = report.events.n.map((size) => (offset += size) - size);
  report.shapeAt = new Map(report.queries.map((shape, index) => [shape.fingerprint, index]));
  report.findingOf = new Map(report.findings.map((finding) => [finding.id, finding]));
  report.planOf = new Map(report.plans.map((plan) => [plan.fingerprint, plan]));
}

// Events of a unit of work in the order in which they started, in milliseconds.
function eventsOf(index) {
  const { start, duration, shape, thread } = report.events;
  const found = [];
  let clock = 0;
  for (let at = report.offsets[index]; at < report.offsets[index] + report.events.n[index]; at++) {
    clock += start[at];
    found.push({ start: clock / 100, duration: duration[at] / 100, shape: shape[at], thread: thread[at] || 0 });
  }
  return found.sort((one, other) => one.start - other.start);
}

// Units of work by kind and label: one row each, with its worst run.
function unitsOfWork() {
  if (report.units_of_work) return report.units_of_work;
  const found = new Map();
  report.traces.forEach((trace, index) => {
    const key = trace.kind + " " + trace.label;
    const unit = found.get(key) || { label: trace.label, kind: trace.kind, runs: 0, queries: 0, db: 0, wall: 0, worst: index, ids: new Set() };
    const worst = report.traces[unit.worst];
    unit.runs += 1;
    if (trace.queries > worst.queries || (trace.queries === worst.queries && trace.db > worst.db)) unit.worst = index;
    unit.queries = Math.max(unit.queries, trace.queries);
    unit.db = Math.max(unit.db, trace.db);
    unit.wall = Math.max(unit.wall, trace.wall);
    trace.findings.forEach((id) => unit.ids.add(id));
    found.set(key, unit);
  });
  report.units_of_work = [...found.values()].map((unit) => ({ ...unit, findings: unit.ids.size }));
  return report.units_of_work;
}

// Where the statement's own FROM begins: not one of a subquery or of a function, nor within quotes. −1: it has none.
function ownFrom(sql) {
  let depth = 0;
  for (const token of sql.matchAll(/"[^"]*"|'[^']*'|[()]|\sFROM\s/gi)) {
    if (token[0] === "(") depth += 1;
    else if (token[0] === ")") depth -= 1;
    else if (depth === 0 && /^\s/.test(token[0])) return token.index;
  }
  return -1;
}

// A statement on one line, without its quotes and its list of columns.
function gist(sql) {
  const text = sql.slice(0, 4000);
  const from = ownFrom(text);
  const listed = /^\s*SELECT\s/i.exec(text);
  const short = listed && from > listed[0].length + 40 ? listed[0] + "…" + text.slice(from) : text;
  return short.replace(/"/g, "").slice(0, 300);
}

// What tells a statement from others on its table: "SELECT shop_author WHERE id = %s". One that starts with
// a subquery or joins several by UNION has no such table: "SELECT shop_author, shop_editor".
function condition(index) {
  const shape = report.queries[index];
  const from = ownFrom(shape.sql.slice(0, 4000));
  if (!/^\s*SELECT\s/i.test(shape.sql) || from < 0 || /^\s*\(/.test(shape.sql.slice(from + 6, from + 40))) return brief(index);
  const text = "SELECT " + shape.sql.slice(from + 6, from + 4000).replace(/"/g, "").slice(0, 300);
  return shape.relations.length === 1 ? text.split(shape.relations[0] + ".").join("") : text;
}

// "SELECT shop_author" for a statement of any length.
function brief(index) {
  const shape = report.queries[index];
  if (!shape) return "query of a shape that was not kept";
  const verb = (/^[\s(]*(\w+)/.exec(shape.sql) || ["", "SQL"])[1].toUpperCase();
  return verb + " " + (shape.relations.join(", ") || shape.sql.slice(verb.length, 60).trim());
}
