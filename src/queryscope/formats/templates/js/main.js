// Start: theme, data, first view.
function fit() {
  document.documentElement.style.setProperty("--head", byId("head").offsetHeight + "px");
}

function fault(error) {
  const text = document.querySelector("noscript");
  show(h("div", { class: "fault", role: "alert" }, h("b", null, "The report's data cannot be read. "), error.message));
  if (text) byId("main").append(h("pre", { class: "code wrapped" }, new DOMParser().parseFromString(text.textContent, "text/html").body.innerText));
}

// On paper there is no list to scroll: the sheet ends with all findings, one a line.
function addSheet() {
  byId("main").append(h("section", { class: "card", id: "sheet" }, h("h2", { class: "small" }, "All findings"),
    h("ol", { class: "body" }, report.findings.slice(0, 300).map((finding) =>
      h("li", null, finding.title + " · " + finding.place + " · " + finding.gain + " · " + brieflySeen(finding))))));
}

async function start() {
  const theme = recall("theme", "");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  byId("theme").hidden = false;
  byId("hint").hidden = false;
  byId("theme").addEventListener("click", toggleTheme);
  fit();
  addEventListener("resize", fit);
  await load();
  addEventListener("hashchange", () => { views.step = null; onRoute(); });
  addEventListener("keydown", onKey);
  addEventListener("beforeprint", addSheet);
  addEventListener("afterprint", () => byId("sheet") && byId("sheet").remove());
  onRoute();
  document.documentElement.dataset.ready = "1";
}

const plain = document.querySelector("noscript");
start().catch((error) => { if (plain && !plain.isConnected) byId("main").append(plain); fault(error); });
