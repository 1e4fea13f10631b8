// Query shapes, and one shape with its statement, where it came from, its plan and its findings.
views.queries = (state) => {
  if (report.shapeAt.has(state.item)) return shapePage(report.queries[report.shapeAt.get(state.item)]);
  const counts = Math.max(...report.queries.map((row) => row.count), 0);
  const totals = Math.max(...report.queries.map((row) => row.total_ms), 0);
  filtered(state, "Filter queries", (now) => table({
    rows: report.queries, state: now, label: "Queries", className: "c-shapes", initial: "total", limit: "calc(100vh - 250px)",
    search: (row) => row.sql + " " + row.fingerprint,
    columns: [
      { name: "sql", title: "statement", cell: (row) => h("a", { class: "mono", href: link("queries", row.fingerprint), title: row.sql.slice(0, 400) }, gist(row.sql)) },
      { name: "count", title: "executions", value: (row) => row.count, cell: (row) => heat(row.count, counts, count(row.count)) },
      { name: "total", title: "total", value: (row) => row.total_ms, cell: (row) => heat(row.total_ms, totals, ms(row.total_ms)) },
      { name: "max", title: "slowest", value: (row) => row.max_ms, cell: (row) => ms(row.max_ms) },
    ],
  }));
};

function shapePage(shape) {
  const example = shape.example;
  const met = report.findings.filter((finding) => finding.fingerprints.includes(shape.fingerprint)).slice(0, 40);
  const indexes = report.indexes.filter((advice) => advice.serves.includes(shape.fingerprint));
  const refused = report.refusals.filter((refusal) => refusal[3] === shape.fingerprint);
  const skipped = report.skipped.filter(([fingerprint]) => fingerprint === shape.fingerprint);
  const plan = report.planOf.get(shape.fingerprint);
  show(
    h("p", null, h("a", { href: link("queries") }, "← Queries")),
    h("article", { class: "card" }, h("h2", null, brief(report.shapeAt.get(shape.fingerprint))),
      h("div", { class: "body" },
        facts([
          ["Ran", plural(shape.count, "time") + ", " + ms(shape.total_ms) + " in total, " + ms(shape.max_ms) + " at most"],
          ["Tables", shape.relations.join(", ")],
          example && report.traces[example.trace] && ["Slowest in", h("a", { href: link("units", example.trace) }, report.traces[example.trace].label)],
          example && example.stack.length > 0 && ["Called from", h("ul", { class: "plainlist" }, example.stack.slice(0, 30).map((frame) => h("li", null, source(frame), " ", h("code", { class: "soft" }, frame.source || frame.function))))],
          met.length > 0 && ["Findings", h("ul", { class: "plainlist" }, met.map((finding) => h("li", null, h("a", { href: link("findings", finding.id) }, finding.title))))],
          indexes.length > 0 && ["Indexes", indexes.map((advice) => h("div", null, h("a", { href: link("indexes", advice.name) }, advice.title)))],
          refused.length > 0 && ["No index", refused.map((refusal) => h("div", null, refusal[2]))],
          ["Shape", h("span", { class: "mono faint" }, shape.fingerprint)],
        ]),
        !plan && code(shape.text || shape.sql, !shape.text)),
      h("div", { class: "acts" }, copyButton("Copy SQL", "SQL", shape.sql), plan && h("a", { class: "button", href: link("plans", shape.fingerprint) }, "Plan"))),
    plan ? planCard(plan, "time", (name) => link("plans", plan.fingerprint, { heat: name })) : skipped.map((skip) => skippedCard(skip[1])));
}
