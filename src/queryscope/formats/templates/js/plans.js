// Plans: the costliest first.
views.plans = (state) => {
  if (!report.plans.length) {
    show(h("div", { class: "card empty" }, "No query was explained. ", report.run.postgresql ? "None was slow enough, or EXPLAIN was off." : "Plans need PostgreSQL."), skippedPart());
    return;
  }
  const cost = (plan) => plan.plan["Execution Time"] || 0;
  const rows = [...report.plans].sort((one, other) => cost(other) - cost(one));
  const chosen = report.planOf.get(state.item) || rows[0];
  const heatName = HEATS[state.options.get("heat")] ? state.options.get("heat") : "time";
  const name = (plan) => (report.shapeAt.has(plan.fingerprint) ? condition(report.shapeAt.get(plan.fingerprint)) : plan.fingerprint);
  const list = virtual({
    rows, height: 60, label: "Plans", limit: "calc(100vh - 190px)",
    draw: (plan) => {
      const worst = plan.insights.find((insight) => !insight.is_badge);
      return h("li", null, h("a", { class: "item", href: link("plans", plan.fingerprint, { heat: state.options.get("heat") }), "aria-current": plan === chosen ? "true" : null },
        h("span", { class: "t mono", title: name(plan) }, name(plan)), h("span", { class: "n" }, cost(plan) ? ms(cost(plan)) : "estimated"),
        h("span", { class: "w" }, worst ? worst.message : "nothing stands out"), h("span", { class: "n w" }, plan.insights.length ? plural(plan.insights.length, "note") : "")));
    },
  });
  show(h("div", { class: "split narrow" }, h("div", { class: "side" }, list), h("div", null,
    planCard(chosen, heatName, (heatOf) => link("plans", chosen.fingerprint, { heat: heatOf })))), skippedPart());
  list.reveal(rows.indexOf(chosen), false);
  views.step = (by) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(chosen) + by))];
    location.hash = link("plans", next.fingerprint, { heat: state.options.get("heat") });
  };
};

function skippedPart() {
  if (!report.skipped.length) return "";
  return h("section", { class: "card" }, h("h2", { class: "small" }, "Not explained"), virtual({
    rows: report.skipped, height: 32, label: "Not explained", limit: "30vh", className: "grid bare narrow",
    header: h("div", { role: "row", class: "row thead c-skip" }, h("span", { role: "columnheader" }, "query"), h("span", { role: "columnheader" }, "reason")),
    draw: ([fingerprint, reason]) => h("div", { role: "row", class: "row c-skip" },
      h("span", { role: "cell" }, report.shapeAt.has(fingerprint) ? h("a", { class: "mono", href: link("queries", fingerprint) }, brief(report.shapeAt.get(fingerprint))) : fingerprint),
      h("span", { role: "cell", title: reason }, reason)),
  }));
}
