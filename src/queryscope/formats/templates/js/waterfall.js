// What one unit of work sent to the database, on its own clock. Repeats fold into one band.

// Neighbours of the shapes that repeat become one band; a band opens on demand.
function fold(events) {
  const often = new Map();
  for (const event of events) often.set(event.shape, (often.get(event.shape) || 0) + 1);
  const folded = [];
  for (const event of events) {
    const last = folded[folded.length - 1];
    const repeats = often.get(event.shape) >= 3;
    if (repeats && last && last.repeats && last.thread === event.thread) {
      last.events.push(event);
      last.duration += event.duration;
      last.end = Math.max(last.end, event.start + event.duration);
    } else {
      folded.push({ events: [event], start: event.start, end: event.start + event.duration, duration: event.duration, repeats, thread: event.thread });
    }
  }
  return folded;
}

function waterfallCard(index, marked = [], heading = "") {
  const trace = report.traces[index];
  const bands = fold(eventsOf(index));
  const open = new Set();
  const holder = h("div", null);
  const about = new Set(marked.map((fingerprint) => report.shapeAt.get(fingerprint)));
  const span = Math.max(trace.wall, ...bands.map((band) => band.end), 0.001);
  const paint = () => holder.replaceChildren(waterfall(bands, open, span, about, paint));
  paint();
  return h("section", { class: "card" },
    h("h2", { class: "small" }, heading || trace.label, h("span", { class: "soft" }, queryCount(trace.queries) + " · " + ms(trace.db) + " of " + ms(trace.wall) + " in the database")),
    bands.length ? holder : h("p", { class: "empty" }, "No single query of this unit of work was kept; the counts are exact."),
    trace.dropped > 0 && h("p", { class: "scale" }, count(trace.dropped) + " more queries are counted, not drawn."));
}

function waterfall(bands, open, span, about, paint) {
  const rows = bands.flatMap((band) => (open.has(band) ? [band, ...band.events.map((event) => ({ ...event, inner: true, events: [event], end: event.start + event.duration }))] : [band]));
  const slow = Math.max(...bands.map((band) => band.duration)) * 0.66;
  const list = virtual({
    rows, height: 28, label: "Waterfall", limit: "336px", className: "grid narrow bare",
    header: h("div", { role: "row", class: "row thead c-fall" }, h("span", { role: "columnheader" }, "query"),
      h("span", { role: "columnheader", class: "ends" }, h("span", null, "0"), h("span", null, ms(span))), h("span", { role: "columnheader" }, "time")),
    draw: (row) => waterfallRow(row, open, span, slow, about, paint),
  });
  return list;
}

function waterfallRow(row, open, span, slow, about, paint) {
  const shapes = [...new Set(row.events.map((event) => event.shape))];
  const many = row.events.length > 1;
  const kind = many ? "many" : row.duration >= slow && row.duration > 1 ? "slow" : "";
  const mark = h("span", { class: "mark " + kind });
  mark.style.left = (row.start / span) * 100 + "%";
  mark.style.width = Math.max(0, (row.end - row.start) / span) * 100 + "%";
  const name = many ? count(row.events.length) + " × " + shapes.map((shape) => brief(shape).replace(/^SELECT /, "")).join(", ") : brief(shapes[0]);
  const shape = report.queries[shapes[0]];
  const label = many
    ? h("button", { type: "button", class: "bare", "aria-expanded": String(open.has(row)), onclick: () => { if (!open.delete(row)) open.add(row); paint(); } }, (open.has(row) ? "▾ " : "▸ ") + name)
    : shape ? h("a", { href: link("queries", shape.fingerprint) }, (row.inner ? "    " : "") + name) : h("span", null, name);
  return h("div", { role: "row", class: "row c-fall" + (shapes.some((one) => about.has(one)) ? " about" : "") },
    h("span", { role: "cell", class: "mono", title: name }, label),
    h("span", { role: "cell" }, h("div", { class: "lane" }, mark)),
    h("span", { role: "cell" }, ms(row.duration)));
}
