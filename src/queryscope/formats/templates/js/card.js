// One finding. Its parts always stand in this order: why, change, trigger, seen in, fix, effect, evidence, actions.
function findingCard(finding) {
  const [first, ...others] = finding.fixes;
  return h("article", { class: "card", "aria-labelledby": "finding-title" },
    h("h2", { id: "finding-title" }, statusTag(finding), finding.title),
    h("div", { class: "body" },
      facts([
        ["Why", finding.message],
        ["Change", finding.location ? [source(finding.location), " in ", h("code", null, finding.location.function)] : h("span", { class: "soft" }, "No line of the application built this queryset.")],
        finding.trigger && ["Trigger", source(finding.trigger), " ", h("code", null, finding.trigger.source || finding.trigger.function)],
      ]),
      first ? fixPart(first, finding) : h("p", { class: "mind" }, "No fix is offered: there is no edit that is certain to keep the result."),
      others.length > 0 && h("details", null, h("summary", null, plural(others.length, "alternative")), others.map((fix) => fixPart(fix))),
      h("div", { class: "more" }, facts([
        ["Seen in", seenIn(finding)],
        ["Rule", h("code", null, finding.rule), " · ", finding.confidence, " · ", finding.severity, " · ", h("span", { class: "mono faint" }, finding.id)],
      ])),
      occurrences(finding)),
    actions(finding, first));
}

function statusTag(finding) {
  return finding.status && finding.status !== "known" ? h("span", { class: "tag " + finding.status }, finding.status.toUpperCase())
    : finding.confidence !== "certain" && h("span", { class: "tag" }, finding.confidence);
}

function fixPart(fix, finding) {
  const shown = finding && finding.effect;
  return [
    !finding && h("p", null, h("b", null, fix.title)),
    fix.diff ? diff(fix.diff) : fix.code && code(fix.code),
    fix.caveat && h("p", { class: "mind" }, fix.caveat),
    shown && bars(shown.bars),
    proof(fix.evidence, !(shown ? shown.is_measured : true)),
  ];
}

function seenIn(finding) {
  if (!finding.seen) return "";
  const worst = report.traces[finding.worst.trace];
  if (!worst) return finding.seen;
  const address = link("units", finding.worst.trace);
  return finding.seen === worst.label ? h("a", { href: address }, worst.label)
    : [finding.seen, " · worst in ", h("a", { href: address }, worst.label)];
}

function occurrences(finding) {
  if (finding.occurrences.length < 2) return "";
  const part = h("details", null, h("summary", null, plural(finding.occurrences.length, "occurrence")));
  part.addEventListener("toggle", () => {
    if (!part.open || part.children.length > 1) return;
    part.append(table({
      label: "Occurrences", className: "c-meet", initial: "avoidable", limit: "40vh", rows: finding.occurrences,
      state: { options: new URLSearchParams() },
      columns: [
        { name: "unit", title: "unit of work", cell: ([trace]) => (report.traces[trace] ? h("a", { href: link("units", trace) }, report.traces[trace].label) : "not kept") },
        { name: "queries", title: "queries", cell: (row) => count(row[1]) },
        { name: "avoidable", title: "avoidable", cell: (row) => count(row[2]) },
        { name: "time", title: "time", cell: (row) => ms(row[3]) },
      ],
    }));
  });
  return part;
}

function actions(finding, fix) {
  const address = finding.location && editorAddress(finding.location.path, finding.location.line);
  const plan = finding.fingerprints.find((fingerprint) => report.planOf.has(fingerprint));
  return h("div", { class: "acts" },
    fix && fix.diff && [copyButton("Copy diff", "Diff", fix.diff), downloadButton("Download .patch", finding.id + ".patch", fix.diff)],
    fix && !fix.diff && fix.code && copyButton("Copy code", "Code", fix.code),
    copyButton("Copy Markdown", "Markdown", () => markdown(finding, fix)),
    address && h("a", { class: "button", href: address }, "Open in editor"),
    finding.indexes.length > 0 && h("a", { class: "button", href: link("indexes", finding.indexes[0]) }, "Migration"),
    plan && h("a", { class: "button", href: link("plans", plan) }, "Plan"),
    finding.fingerprints.length > 0 && h("a", { class: "button", href: link("queries", finding.fingerprints[0]) }, finding.fingerprints.length === 1 ? "Query" : "Queries"));
}

function markdown(finding, fix) {
  const escape = (text) => inert(text).replace(/[\r\n\t]+/g, " ").replace(/[\\`*_{}[\]()<>#+!|~@&$]/g, (sign) => "&#" + sign.charCodeAt(0) + ";");
  const body = fix ? inert(fix.diff || fix.code).replace(/\n$/, "") : "";
  const ticks = "`".repeat(Math.max(3, ...(body.match(/`+/g) || []).map((run) => run.length + 1)));
  const part = fix && fix.evidence.proof;
  return [
    `### ${escape(finding.title)} (${finding.gain})`, "", escape(finding.message), "",
    `- Change: ${escape(finding.place)}`,
    finding.seen && `- Seen in: ${escape(finding.seen)}`,
    part && `- Evidence: ${part.sign} ${part.level}: ${escape([part.numbers, part.meaning].filter(Boolean).join("; "))}`,
    fix && ["", ticks + (fix.diff ? "diff" : "python"), body, ticks],
  ].flat().filter((line) => line !== undefined && line !== null && line !== false).join("\n") + "\n";
}
