// Indexes: what would help, how far that was proved, the code, the migration; what would not help, with its number; what can go.
views.indexes = (state) => {
  const rows = report.indexes;
  const others = [removalPart(), refusalPart()];
  if (!rows.length) {
    show(h("div", { class: "card empty" }, "No index is advised."), others);
    return;
  }
  const chosen = rows.find((set) => set.parts.some((advice) => advice.name === state.item)) || rows[0];
  const list = virtual({
    rows, height: 60, label: "Indexes", limit: "calc(100vh - 190px)",
    draw: (set) => h("li", null, h("a", { class: "item", href: link("indexes", set.name), "aria-current": set === chosen ? "true" : null },
      h("span", { class: "t", title: set.title }, set.title), h("span", { class: "n" }, set.gain),
      h("span", { class: "w mono" }, set.parts.map((advice) => advice.name).join(", ")), h("span", { class: "n w" }, set.proof.sign + " " + set.proof.level))),
  });
  show(h("div", { class: "split" }, h("div", { class: "side" }, list), h("div", null, setCard(chosen))), others);
  list.reveal(rows.indexOf(chosen), false);
  views.step = (by) => { location.hash = link("indexes", rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(chosen) + by))].name); };
};

const MOST_SERVED = 20;

function setCard(set) {
  const [first] = set.parts;
  const all = (name) => set.parts.map((advice) => advice[name]).join("\n");
  return h("article", { class: "card" },
    h("h2", null, set.parts.length > 1 ? plural(set.parts.length, "index", "indexes") + " that help together" : first.title),
    h("div", { class: "body" },
      set.parts.length > 1 && facts(effectOf(set)),
      set.parts.map((advice) => indexPart(advice, set)),
      bars(set.bars), proof(set)),
    h("div", { class: "acts" }, copyButton("Copy index", "Index", all("django")),
      set.parts.length === 1 && copyButton("Copy migration", "Migration", first.migration), copyButton("Copy SQL", "SQL", all("create_sql"))));
}

function effectOf(set) {
  return [["Serves", servedList(set.serves)], ["Saves", set.saves]];
}

function servedList(fingerprints) {
  const shown = fingerprints.slice(0, MOST_SERVED).map((fingerprint) => {
    const at = report.shapeAt.get(fingerprint);
    if (at === undefined) return h("li", { class: "mono" }, fingerprint);
    const shape = report.queries[at];
    return h("li", null, h("a", { class: "mono served", href: link("queries", fingerprint), title: shape.sql.slice(0, 400) }, condition(at)),
      h("span", { class: "soft num" }, " " + plural(shape.count, "time") + ", " + ms(shape.total_ms)));
  });
  const rest = fingerprints.length - shown.length;
  return h("ul", { class: "plainlist" }, shown, rest > 0 && h("li", { class: "soft" }, "and " + count(rest) + " more"));
}

function indexPart(advice, set) {
  const isOneOfSeveral = set.parts.length > 1;
  return h("section", { class: "part-of" },
    isOneOfSeveral && h("h3", null, advice.title),
    facts([
      ["Why", advice.reason],
      ...(isOneOfSeveral ? [] : effectOf(set)),
      ["Table", h("code", null, advice.relation), " · " + advice.method, advice.is_unique && " · unique"],
      advice.predicate && ["Only where", h("code", null, advice.predicate)],
      advice.include.length > 0 && ["Includes", h("code", null, advice.include.join(", "))],
      ["Needs", advice.needs],
      ["Beside", advice.beside],
      ["With", advice.storage],
      advice.replaces.length > 0 && ["Replaces", h("code", null, advice.replaces.join(", "))],
      ["Costs", advice.costs],
      ["Writes", advice.write_cost],
    ]),
    code(advice.django),
    advice.proof && proof(advice),
    h("details", null, h("summary", null, "Migration"), code(advice.migration), isOneOfSeveral && copyButton("Copy migration", "Migration", advice.migration)),
    h("details", null, h("summary", null, "SQL"), code(advice.create_sql, true)));
}

function removalPart() {
  if (!report.removals.length) return "";
  return h("section", { class: "card" }, h("h2", { class: "small" }, "Can go ", h("span", { class: "soft" }, "indexes that are there and cost every write, and why they need not be")), virtual({
    rows: report.removals, height: 56, label: "Indexes that can go", limit: "40vh", className: "grid bare two-lines",
    header: h("div", { role: "row", class: "row thead c-go" }, ["index", "why", "change", "SQL"].map((title) => h("span", { role: "columnheader" }, title))),
    draw: (row) => h("div", { role: "row", class: "row c-go" },
      h("span", { role: "cell", title: row.name + " · " + row.about }, h("span", { class: "mono" }, row.name), h("span", { class: "soft" }, row.about)),
      h("span", { role: "cell", title: row.reason }, row.reason),
      h("span", { role: "cell", title: row.change }, h("code", null, row.change)),
      h("span", { role: "cell" }, copyButton("Copy SQL", "SQL", row.sql))),
  }));
}

function refusalPart() {
  if (!report.refusals.length) return "";
  return h("section", { class: "card" }, h("h2", { class: "small" }, "No index ", h("span", { class: "soft" }, "shapes that look as if one would help, and why it would not")), virtual({
    rows: report.refusals, height: 56, label: "Refusals", limit: "40vh", className: "grid bare two-lines",
    header: h("div", { role: "row", class: "row thead c-no" }, ["table", "kind", "reason"].map((title) => h("span", { role: "columnheader" }, title))),
    draw: ([relation, kind, reason, fingerprint]) => h("div", { role: "row", class: "row c-no" },
      h("span", { role: "cell", class: "mono", title: relation }, report.shapeAt.has(fingerprint) ? h("a", { href: link("queries", fingerprint) }, relation) : relation),
      h("span", { role: "cell", class: "soft" }, kind.replace(/-/g, " ")), h("span", { role: "cell", title: reason }, reason)),
  }));
}
