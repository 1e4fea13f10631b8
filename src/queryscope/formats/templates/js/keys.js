// The keyboard, and the choice of theme.
const KEYS = [
  ["1 – 6", "views"], ["j  k", "next, previous"], ["/", "filter"], ["Esc", "leave the filter, close this"],
  ["c", "copy the diff"], ["↑  ↓  ←  →", "in a plan: nodes, closed parts"], ["Enter", "in a plan: one node in full"], ["t", "theme"], ["?", "these keys"],
];

function openKeys() {
  const box = byId("keys");
  box.replaceChildren(h("h2", { id: "keys-title" }, "Keys"),
    h("dl", null, KEYS.map(([key, what]) => [h("dt", null, key.split("  ").map((one, index) => [index > 0 && " ", h("kbd", null, one)])), h("dd", null, what)])),
    h("button", { type: "button", onclick: () => box.close() }, "Close"));
  box.showModal();
}

function toggleTheme() {
  const isDark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "light" : "dark";
  remember("theme", isDark ? "light" : "dark");
  say(isDark ? "Light theme" : "Dark theme");
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  const isTyping = event.target.matches("input,select,textarea");
  if (isTyping) { if (event.key === "Escape") event.target.blur(); return; }
  const tabs = [...byId("views").children];
  const act = {
    "?": openKeys,
    "/": () => { const box = byId("filter"); if (box) { box.focus(); box.select(); } else { location.hash = "#/queries"; setTimeout(() => byId("filter").focus(), 0); } },
    j: () => views.step && views.step(1),
    k: () => views.step && views.step(-1),
    t: toggleTheme,
    c: () => { const button = document.querySelector(".acts button"); if (button) button.click(); },
  }[event.key];
  const tab = tabs[Number(event.key) - 1];
  if (!act && !tab) return;
  event.preventDefault();
  if (act) act();
  else { location.hash = tab.getAttribute("href"); }
}
