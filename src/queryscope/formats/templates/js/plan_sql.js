// The statement beside its plan: a part and the nodes that are about it light up together.

// over(ids), go(id): the nodes of the part that is pointed at, and the one to go to. Returns the element with lit(id).
function planSql(plan, over, go) {
  const nodesOf = new Map();
  for (const [id, parts] of Object.entries(plan.links || {})) {
    for (const part of parts) nodesOf.set(part, [...(nodesOf.get(part) || []), Number(id)]);
  }
  const nodes = planNodes(plan);
  const told = (ids) => ids.slice(0, 6).map((id) => nodeName(nodes[id].raw).filter(Boolean).join("") + (plan.analyzed ? ", " + ms(nodes[id].self) : "")).join("\n");
  const box = h("pre", { class: "code sql wrapped", tabindex: 0, "aria-label": "Statement" }, (plan.sql || []).map(([text, part]) =>
    (nodesOf.has(part) ? h("span", { class: "part", role: "button", tabindex: 0, "data-part": part, title: told(nodesOf.get(part)) }, text) : text)));
  const partAt = (event) => { const part = event.target.closest(".part"); return part ? nodesOf.get(Number(part.dataset.part)) : []; };
  // The dearest one: a table may be read in several places.
  const dearest = (ids) => ids.reduce((best, id) => (nodes[id].self > nodes[best].self ? id : best), ids[0]);
  for (const name of ["mouseover", "focusin"]) box.addEventListener(name, (event) => over(partAt(event)));
  for (const name of ["mouseleave", "focusout"]) box.addEventListener(name, () => over([]));
  box.addEventListener("click", (event) => { const ids = partAt(event); if (ids.length) go(dearest(ids)); });
  box.addEventListener("keydown", (event) => {
    const ids = event.key === "Enter" || event.key === " " ? partAt(event) : [];
    if (ids.length) { event.preventDefault(); go(dearest(ids)); }
  });
  box.lit = (id) => {
    const parts = new Set(id === null ? [] : (plan.links || {})[id] || []);
    let first = null;
    for (const part of box.querySelectorAll(".part")) {
      const isLit = parts.has(Number(part.dataset.part));
      part.classList.toggle("lit", isLit);
      if (isLit) first = first || part;
    }
    if (first && (first.offsetTop < box.scrollTop || first.offsetTop + first.offsetHeight > box.scrollTop + box.clientHeight)) box.scrollTop = first.offsetTop - 30;
  };
  return box;
}
