// The findings of a check beside the rules, and what wires the page together.

function showFinding(index, button) {
  const { finding, way } = data.report.told[index];
  for (const other of document.querySelectorAll(".finding")) other.setAttribute("aria-pressed", other === button);
  for (const old of document.querySelectorAll(".told")) old.remove();
  const steps = way.map(([line, state, input], at) => ({ line, state, input, next: way[at + 1]?.[1], isOff: at + 1 === way.length }));
  load(finding.transcript, steps);
  const item = (name, text) => (text ? [el("dt", {}, name), el("dd", {}, text)] : []);
  button.after(el("div", { class: "told" }, el("dl", {},
    ...item("what is required", `${finding.claim} (${finding.source}, ${finding.strength})`),
    ...item("the sentence", finding.sentence),
    ...item("expected", finding.expected.join(" ")),
    ...item("came", finding.came.join("; ") || "nothing"),
    ...item("note", finding.note),
    ...item("accepted, because", data.report.told[index].reason),
    ...item("seen", `${finding.runs} of ${finding.tries}`),
    ...item("the same with", briefly(finding.also)),
    ...item("to see it again", finding.reproduce))));
  playTo(steps.length - 1);
}

// The lines; of many only their verbs.
function briefly(lines) {
  const shown = lines.length > 6 ? [...new Set(lines.map((line) => line.split(" ")[0]))] : lines;
  return shown.map((line) => line || "(empty line)").join(" · ");
}

// A list that is shown on demand; none if it is empty.
function aside(title, items) {
  return items.length ? [el("details", {}, el("summary", {}, title), el("ul", {}, ...items.map((item) => el("li", {}, item))))] : [];
}

function renderReport() {
  const report = data.report;
  if (!report) return;
  $("findings").hidden = false;
  document.querySelector("main").classList.add("report");
  const list = report.told.map(({ finding, reason }, index) => {
    const button = el("button", { type: "button", class: "finding", "aria-pressed": "false", onclick: () => showFinding(index, button) },
      el("b", {}, `${finding.severity}: ${finding.id}`), reason === null ? null : " (known)", el("small", {}, finding.claim));
    return button;
  });
  const outcome = { conforms: "v-right", allowed: "v-right", finding: "v-differs", known: "v-differs" };
  const rules = report.rules.map((rule) => el("tr", {},
    el("td", {}, rule.id), el("td", { class: outcome[rule.outcome] ?? "v-untold" }, rule.outcome), el("td", {}, String(rule.tests)), el("td", {}, rule.reason ?? "")));
  $("findings").append(el("h2", {}, "Findings"),
    ...(list.length ? list : [el("p", {}, "none")]),
    report.interrupted ? el("p", {}, "The run was interrupted: this is what was found up to then.") : "",
    el("details", {}, el("summary", {}, "Every rule"), el("table", {}, el("tbody", {}, ...rules))),
    ...aside("Not tested", report.untested),
    ...aside("Seen, but not every time, so not counted", report.flaky.map((one) => `${one.id}: ${one.runs} of ${one.tries}, came ${one.came.join("; ")}`)),
    ...aside("Known, and not found any more", report.stale),
    el("p", { class: "told-summary" }, report.summary));
  $("about").textContent = [report.target, report.greeting, report.syst].filter(Boolean).join("  ·  ");
}

function search() {
  const words = $("search").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const text = (state) => `${state.name} ${state.id} ${state.phase.name} ${state.phase.note}`.toLowerCase();
  const found = words.length ? STATES.filter((state) => words.every((word) => text(state).includes(word))) : [];
  // The plainest first: it holds the least.
  found.sort((one, other) => one.words.length - other.words.length || one.number - other.number);
  const pick = (state) => () => { $("search").value = ""; search(); $("search").blur(); visit(state.number); };
  $("found").hidden = words.length === 0;
  $("found").replaceChildren(...found.slice(0, 30).map((state) => el("li", {}, el("button", { type: "button", onclick: pick(state) }, `${state.name}  (${state.phase.name})`))),
    el("li", {}, found.length > 30 ? `… ${found.length} in all` : found.length ? "" : "no state holds all of these"));
  return found.length ? pick(found[0]) : null;
}

function renderStates() {
  const plainest = new Set(data.plainest);
  for (const phase of data.phases) {
    const dots = STATES.filter((state) => state.phase === phase).map((state) => el("button", {
      type: "button", tabindex: -1, class: "dot" + (plainest.has(state.number) ? " plainest" : ""), id: "dot-" + state.number,
      title: state.name, "aria-label": state.name, onclick: () => visit(state.number) }));
    $("states").append(el("div", { class: `phase p-${phase.name.toLowerCase()}` }, el("span", {}, phase.name), el("div", { class: "dots" }, ...dots)));
    const box = $("phase-" + phase.name.toLowerCase());
    const first = STATES.find((state) => state.phase === phase && plainest.has(state.number));
    if (box && first) box.addEventListener("click", () => visit(first.number));
  }
}

function moveInTable(by) {
  const rows = [...document.querySelectorAll("#answers tr[data-input] button.line")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}

const KEYS = {
  "/": () => $("search").focus(), c: () => $("command").focus(), f: () => $("filter").focus(), b: back, r: restart,
  "?": () => $("keys").showModal(), ArrowLeft: () => playTo((now.play?.at ?? -1) - 1), ArrowRight: () => playTo((now.play?.at ?? -1) + 1),
  ArrowDown: () => moveInTable(1), ArrowUp: () => moveInTable(-1),
  e: () => document.activeElement.closest("tr[data-input]")?.querySelector("[aria-label=why]").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  if (event.key === "Escape") return document.activeElement.blur();
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
  const action = KEYS[event.key];
  if (action) { event.preventDefault(); action(); }
});

function wire() {
  const options = (id, all, values) => $(id).append(el("option", { value: "" }, all), ...values.map(([value, name]) => el("option", { value }, name)));
  options("class", "every reply", [["preliminary", "1xx"], ["completion", "2xx"], ["intermediate", "3xx"], ["negative", "4xx, 5xx"], ["silent", "none yet"]]);
  options("rule", "every rule", [...new Set(data.rules.map((rule) => rule.requirement))].map((rule) => [rule, rule]));
  $("lines").append(...data.inputs.filter((input) => !input.event).map((input) => el("option", { value: input.line })));
  for (const id of ["filter", "class", "rule"]) $(id).addEventListener("input", renderAnswers);
  $("search").addEventListener("input", search);
  $("search").addEventListener("keydown", (event) => { if (event.key === "Enter") search()?.(); });
  $("send").addEventListener("submit", (event) => { event.preventDefault(); if (send(readLine($("command").value))) $("command").value = ""; });
  $("back").addEventListener("click", back);
  $("restart").addEventListener("click", restart);
  $("help").addEventListener("click", KEYS["?"]);
  $("play-way").addEventListener("click", () => { const { lines, steps } = follow($("way").textContent); load(lines, steps); });
  $("copy").addEventListener("click", () => { $("script").value = now.trail.flatMap(({ input, replies }) => transcriptLines(input, replies)).join("\n"); });
  $("load").addEventListener("click", () => { const { lines, steps } = follow($("script").value); load(lines, steps); });
  $("previous").addEventListener("click", () => playTo(now.play.at - 1));
  $("next").addEventListener("click", () => playTo((now.play?.at ?? -1) + 1));
  $("previous").disabled = $("next").disabled = true;
  $("script").value = "> USER {user}\n< 331\n> PASS {password}\n< 230\n> RNFR {file}\n< 350\n> PWD\n< 257\n> RNTO {renamed}\n< 503";
  window.addEventListener("hashchange", () => { const state = BY_ID.get(location.hash.slice(1)); if (state !== undefined && state !== now.at) visit(state); });
}

$("about").textContent = `an exemplary server: ${STATES.length} states, ${data.inputs.length} inputs. Click a phase or a state, type a command, press ? for keys`;
wire();
renderStates();
renderReport();
visit(BY_ID.get(location.hash.slice(1)) ?? data.start);
