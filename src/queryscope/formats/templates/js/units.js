// Routes and tests: a heat table of units of work, and one unit with its waterfall and findings.
views.units = (state) => {
  if (state.item !== "" && report.traces[Number(state.item)]) return unitPage(Number(state.item));
  const rows = unitsOfWork();
  const queries = Math.max(...rows.map((row) => row.queries), 0);
  const kinds = new Set(rows.map((row) => row.kind));
  const db = Math.max(...rows.map((row) => row.db), 0);
  const grid = (now) => table({
    rows, state: now, label: report.units, className: "c-units", initial: "queries", limit: "calc(100vh - 250px)",
    search: (row) => row.kind + " " + row.label,
    columns: [
      { name: "label", title: report.units.toLowerCase(), value: (row) => row.label, cell: (row) => h("a", { href: link("units", row.worst), title: row.label }, row.label, kinds.size > 1 && h("span", { class: "soft" }, " " + row.kind)) },
      { name: "runs", title: "runs", value: (row) => row.runs, cell: (row) => count(row.runs) },
      { name: "queries", title: "queries", value: (row) => row.queries, cell: (row) => heat(row.queries, queries, count(row.queries)) },
      { name: "db", title: "database", value: (row) => row.db, cell: (row) => heat(row.db, db, ms(row.db)) },
      { name: "wall", title: "whole", value: (row) => row.wall, cell: (row) => ms(row.wall) },
      { name: "findings", title: "findings", value: (row) => row.findings, cell: (row) => (row.findings ? count(row.findings) : "–") },
    ],
  });
  filtered(state, "Filter " + report.units.toLowerCase(), grid);
};

// A filter above a table; typing redraws the table, not the box.
function filtered(state, label, grid) {
  let shown = grid(state);
  const filter = filterBox(state, label, (now) => { const next = grid(now); shown.replaceWith(next); shown = next; next.repaint && next.repaint(); });
  const holder = h("div", null, shown);
  show(h("div", { class: "tools" }, filter), holder);
  shown.repaint && shown.repaint();
}

function unitPage(index) {
  const trace = report.traces[index];
  const runs = report.traces.map((one, at) => [one, at]).filter(([one]) => one.kind === trace.kind && one.label === trace.label);
  const met = trace.findings.map((id) => report.findingOf.get(id)).filter(Boolean);
  show(
    h("p", null, h("a", { href: link("units") }, "← " + report.units)),
    h("article", { class: "card" }, h("h2", null, trace.label),
      h("div", { class: "body" }, facts([
        ["Kind", trace.kind + (trace.status ? " · status " + trace.status : "")],
        trace.parent && ["Within", trace.parent],
        ["Queries", queryCount(trace.queries) + ", " + ms(trace.db) + " in the database"],
        ["Whole", ms(trace.wall)],
        trace.connections && ["Connections", trace.connections],
        trace.otel && ["OpenTelemetry trace", h("code", null, trace.otel)],
        trace.notes.length && ["Not seen", trace.notes.map((note) => h("div", null, note))],
        runs.length > 1 && ["Runs", plural(runs.length, "run") + ": ", runs.slice(0, 20).map(([one, at], number) => [number > 0 && ", ",
          at === index ? h("b", null, queryCount(one.queries)) : h("a", { href: link("units", at) }, queryCount(one.queries))]), runs.length > 20 && ", …"],
        ["Findings", met.length ? h("ul", { class: "plainlist" }, met.slice(0, 60).map((finding) => h("li", null, h("a", { href: link("findings", finding.id) }, finding.title), " ", h("span", { class: "soft" }, finding.place)))) : "none"],
      ]))),
    waterfallCard(index, [], "Waterfall"));
}
