// Indexes: what would help, how far that was proved, the code, the migration; and what would not help, with its number.
views.indexes = (state) => {
  const rows = report.indexes;
  const refusals = refusalPart();
  if (!rows.length) {
    show(h("div", { class: "card empty" }, "No index is advised."), refusals);
    return;
  }
  const chosen = rows.find((advice) => advice.name === state.item) || rows[0];
  const list = virtual({
    rows, height: 60, label: "Indexes", limit: "calc(100vh - 190px)",
    draw: (advice) => h("li", null, h("a", { class: "item", href: link("indexes", advice.name), "aria-current": advice === chosen ? "true" : null },
      h("span", { class: "t" }, advice.model + " (" + keysText(advice) + ")"), h("span", { class: "n" }, gainOf(advice)),
      h("span", { class: "w mono" }, advice.name), h("span", { class: "n w" }, advice.proof.sign + " " + advice.proof.level))),
  });
  show(h("div", { class: "split" }, h("div", { class: "side" }, list), h("div", null, indexCard(chosen))), refusals);
  list.reveal(rows.indexOf(chosen), false);
  views.step = (by) => { location.hash = link("indexes", rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(chosen) + by))].name); };
};

function keysText(advice) {
  return advice.keys.map((key) => (key.is_descending ? "-" : "") + (key.django || key.column || key.expression)).join(", ");
}

function gainOf(advice) {
  const time = advice.bars.find(([unit]) => unit === "ms");
  return time ? ms(time[2] - time[1]) : "";
}

function indexCard(advice) {
  return h("article", { class: "card" },
    h("h2", null, advice.model + " (" + keysText(advice) + ")"),
    h("div", { class: "body" },
      facts([
        ["Why", advice.reason],
        ["Table", h("code", null, advice.relation), " · " + advice.method],
        advice.predicate && ["Only where", h("code", null, advice.predicate)],
        advice.include.length > 0 && ["Includes", h("code", null, advice.include.join(", "))],
        advice.extensions.length > 0 && ["Needs", "extension " + advice.extensions.join(", ")],
        ["Serves", advice.serves.slice(0, 20).map((fingerprint) => h("div", null, report.shapeAt.has(fingerprint) ? h("a", { class: "mono", href: link("queries", fingerprint) }, brief(report.shapeAt.get(fingerprint))) : fingerprint))],
        advice.replaces.length > 0 && ["Replaces", h("code", null, advice.replaces.join(", "))],
        ["Costs", [advice.size_bytes !== null && bytes(advice.size_bytes) + " on disk", advice.build_ms !== null && ms(advice.build_ms) + " to build", advice.write_cost].filter(Boolean).join(" · ")],
      ]),
      code(advice.django), bars(advice.bars), proof(advice),
      h("details", null, h("summary", null, "Migration"), code(advice.migration)),
      h("details", null, h("summary", null, "SQL"), code(advice.create_sql, true))),
    h("div", { class: "acts" }, copyButton("Copy index", "Index", advice.django), copyButton("Copy migration", "Migration", advice.migration),
      copyButton("Copy SQL", "SQL", advice.create_sql)));
}

function refusalPart() {
  if (!report.refusals.length) return "";
  return h("section", { class: "card" }, h("h2", { class: "small" }, "No index ", h("span", { class: "soft" }, "shapes that look as if one would help, and why it would not")), virtual({
    rows: report.refusals, height: 32, label: "Refusals", limit: "40vh", className: "grid bare",
    header: h("div", { role: "row", class: "row thead c-no" }, ["table", "kind", "reason"].map((title) => h("span", { role: "columnheader" }, title))),
    draw: ([relation, kind, reason, fingerprint]) => h("div", { role: "row", class: "row c-no" },
      h("span", { role: "cell", class: "mono" }, report.shapeAt.has(fingerprint) ? h("a", { href: link("queries", fingerprint) }, relation) : relation),
      h("span", { role: "cell", class: "soft" }, kind.replace(/-/g, " ")), h("span", { role: "cell", title: reason }, reason)),
  }));
}
