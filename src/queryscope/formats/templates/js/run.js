// Run: what ran where, what could not be seen, what the file holds, and the reader's own settings.
views.run = () => {
  const run = report.run;
  const dropped = report.traces.reduce((sum, trace) => sum + trace.dropped, 0);
  const notes = new Map();
  report.traces.forEach((trace) => trace.notes.forEach((note) => notes.set(note, (notes.get(note) || 0) + 1)));
  show(
    h("section", { class: "card" }, h("h2", null, "This run"), h("div", { class: "body" }, facts([
      ["Written", report.generated_at], ["queryscope", run.queryscope], ["Python", run.python], ["Django", run.django],
      ["PostgreSQL", run.postgresql || "none: plans and indexes are off"], ["Project root", h("code", null, run.root)],
      ["Verdict", { fail: "fail", pass: "pass", incomplete: "incomplete", none: "no gate was asked for" }[run.verdict]],
    ], true))),
    h("section", { class: "card" }, h("h2", null, "What could not be seen"), h("div", { class: "body" }, h("ul", { class: "plainlist" },
      run.missing.map((text) => h("li", null, text)),
      [...notes].slice(0, 50).map(([note, times]) => h("li", null, note, h("span", { class: "soft" }, " in " + plural(times, "unit of work", "units of work")))),
      dropped > 0 && h("li", null, count(dropped) + " executions are counted, but not held one by one: the waterfalls leave them out."),
      report.sampled > 0 && h("li", null, count(report.sampled) + " executions were left out of this file to keep it small; all counts are exact."),
      !run.missing.length && !notes.size && !dropped && !report.sampled && h("li", { class: "soft" }, "Nothing was dropped.")))),
    report.run.notes.length > 0 && h("section", { class: "card" }, h("h2", null, "To tidy up"), h("div", { class: "body" },
      h("ul", { class: "plainlist" }, run.notes.map((text) => h("li", null, text))))),
    report.allowed.length > 0 && h("section", { class: "card" }, h("h2", null, "What is allowed"), h("div", { class: "body" },
      h("ul", { class: "plainlist" }, report.allowed.map((text) => h("li", null, text))))),
    h("section", { class: "card" }, h("h2", null, "What this file holds"), h("div", { class: "body" },
      h("p", null, run.redaction === "shapes" ? "No parameter values, no literals of statements, no bodies, cookies or headers." : "Redaction: " + run.redaction + "."),
      h("ul", { class: "plainlist" }, report.holds.map((text) => h("li", null, text))))),
    editorPart(run));
};

function editorPart(run) {
  const template = h("input", { id: "editor", value: recall("editor", DEFAULT_EDITOR), spellcheck: "false" });
  const root = h("input", { id: "root", value: recall("root:" + run.root, run.root), spellcheck: "false" });
  template.addEventListener("change", () => { remember("editor", template.value.trim() || DEFAULT_EDITOR); say("Editor kept"); });
  root.addEventListener("change", () => { remember("root:" + run.root, root.value.trim() || run.root); say("Path kept"); });
  return h("section", { class: "card" }, h("h2", null, "Editor links"), h("div", { class: "body" },
    h("p", { class: "soft" }, "Kept in this browser only."),
    h("div", { class: "form" }, h("label", { for: "editor" }, "Address"), template, h("label", { for: "root" }, "Project on this machine"), root)));
}
