// Findings: the ranked list on the left, one finding on the right, its proof below.
function findingText(finding) {
  return [finding.title, finding.place, finding.message, finding.rule, finding.status, finding.id, finding.seen].join(" ");
}

views.findings = (state) => {
  if (!report.findings.length) {
    const judged = report.traces.length > 0;
    show(missing(), h("div", { class: "card empty" }, judged ? "No findings: nothing in this run is worth a change." : "No unit of work was recorded."));
    return;
  }
  const words = (state.options.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
  const rows = report.findings.filter((finding) => matches(findingText(finding), words));
  const chosen = report.findingOf.get(state.item) || rows[0] || report.findings[0];
  const list = findingList(rows, chosen, state);
  const filter = filterBox(state, "Filter findings", () => { draw(); const box = byId("filter"); box.focus(); box.setSelectionRange(box.value.length, box.value.length); });
  show(missing(), h("div", { class: "split" },
    h("div", { class: "side" }, h("div", { class: "tools" }, filter), list),
    h("div", null, findingCard(chosen), proofOf(chosen))));
  list.reveal(rows.indexOf(chosen), false);
  views.step = (by) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(chosen) + by))];
    if (next) location.hash = link("findings", next.id, Object.fromEntries(state.options));
  };
};

function findingList(rows, chosen, state) {
  const options = Object.fromEntries(state.options);
  return virtual({
    rows, height: 60, label: "Findings", limit: "calc(100vh - 230px)", empty: "No finding matches the filter.",
    draw: (finding) => h("li", null, h("a", { class: "item", href: link("findings", finding.id, options), "aria-current": finding === chosen ? "true" : null },
      h("span", { class: "t", title: finding.title }, finding.status && finding.status !== "known" && statusTag(finding), finding.title),
      h("span", { class: "n" }, finding.gain.replace(/ quer(y|ies)$/, "")),
      h("span", { class: "w mono", title: finding.place }, tail(finding.place) + (finding.location ? " " + finding.location.function : "")),
      h("span", { class: "n w" }, brieflySeen(finding)))),
  });
}

// The end of a path says more than its beginning.
function tail(place) {
  const parts = place.split("/");
  let shown = parts.pop();
  while (parts.length && shown.length + parts[parts.length - 1].length < 30) shown = parts.pop() + "/" + shown;
  return parts.length ? "…/" + shown : shown;
}

function brieflySeen(finding) {
  const level = finding.fixes[0] && finding.fixes[0].evidence.level;
  return level && level !== "none" ? level : finding.confidence;
}

function proofOf(finding) {
  const trace = report.traces[finding.worst.trace];
  const plan = finding.fingerprints.map((fingerprint) => report.planOf.get(fingerprint)).find(Boolean);
  const skipped = report.skipped.find(([fingerprint]) => finding.fingerprints.includes(fingerprint));
  return [
    trace && waterfallCard(finding.worst.trace, finding.fingerprints),
    plan ? planCard(plan, "time", (name) => link("plans", plan.fingerprint, { heat: name })) : skipped && skippedCard(skipped[1]),
  ];
}

function missing() {
  if (!report.run.missing.length) return "";
  return h("div", { class: "fault", role: "note" }, h("b", null, "Not everything was seen"),
    h("ul", null, report.run.missing.map((text) => h("li", null, text))));
}
