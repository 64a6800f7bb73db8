// The page: one state at a time, a session that walks, a transcript that is played. Text goes in as text, never as HTML.

const $ = (id) => document.getElementById(id);
const CLASSES = ["silent", "preliminary", "completion", "intermediate", "negative", "negative"];
const classOf = (replies) => CLASSES[replies.length ? Math.floor(replies[replies.length - 1] / 100) : 0];
const codes = (replies) => (replies.length ? replies.join(" ") : "…");

// An element with attributes and children; strings become text.
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const now = { at: 0, trail: [], play: null, address: null };

// Moves to a state; what is shown follows.
function go(state) {
  now.at = state;
  // The address is for later: naming the state there costs more than showing it.
  now.address ??= setTimeout(() => {
    now.address = null;
    history.replaceState(null, "", "#" + STATES[now.at].id);
  });
  render();
}

// Goes to a state over its shortest way: the session is then what leads there.
function visit(state) {
  let at = 0;
  now.trail = access(state).map((input) => {
    const done = { from: at, input, ...step(at, input) };
    at = done.next;
    return done;
  });
  go(state);
}

// Sends an input in the session: the walk goes on from the state that is shown.
function send(input) {
  const done = step(now.at, input);
  if (!done) return false;
  now.trail.push({ from: now.at, input, replies: done.replies, next: done.next });
  go(done.next);
  return true;
}

function back() {
  const last = now.trail.pop();
  if (last) go(last.from);
}

function restart() {
  now.trail = [];
  light(null);
  go(0);
}

function render() {
  const state = STATES[now.at];
  $("name").textContent = state.name;
  $("note").textContent = `${state.phase.name}: ${state.phase.note}`;
  const way = access(now.at);
  let at = 0;
  const lines = way.map((input) => {
    const done = step(at, input);
    at = done.next;
    return transcriptLines(input, done.replies);
  });
  $("way").textContent = lines.flat().join("\n") || "(right after the greeting)";
  $("play-way").disabled = way.length === 0;
  renderAnswers();
  renderLog();
  renderMap();
}

function transcriptLines(input, replies) {
  const { line, event } = data.inputs[input];
  const events = { "(end of data)": "@data close", "(broken)": "@data break", "(no connection)": "@data refuse", "(local error)": "@data fail" };
  const sent = event ? events[line] : line === "(empty line)" ? ">" : `> ${line}`;
  return [sent, ...replies.map((code) => `< ${code}`)];
}

const VERDICTS = { r: ["✓", "right", "as it should be"], d: ["✗", "differs", "the server differs"], u: ["?", "untold", "not tested, or the report does not tell"] };

// The table of answers: a row an input, made once; a click changes only what is different in the other state.
const rows = [];

function rowOf(input) {
  if (rows[input]) return rows[input];
  const go = () => send(input);
  const line = el("button", { type: "button", class: "line", onclick: go }, data.inputs[input].line);
  const parts = { verdict: el("span"), reply: el("span"), leads: el("button", { type: "button", tabindex: -1, onclick: go }) };
  parts.rule = el("button", { type: "button", tabindex: -1, "aria-label": "why", onclick: () => why(input) });
  parts.tr = el("tr", { "data-input": input }, el("td", {}, line), el("td", {}, parts.verdict, parts.reply), el("td", {}, parts.leads), el("td", {}, parts.rule));
  return (rows[input] = parts);
}

function set(node, text, className) {
  if (node.textContent !== text) node.textContent = text;
  if (node.className !== className) node.className = className;
}

function renderAnswers() {
  const text = $("filter").value.trim().toUpperCase();
  const wanted = { class: $("class").value, rule: $("rule").value };
  const played = now.play?.steps[now.play.at];
  const shown = [];
  let possible = 0;
  for (let input = 0; input < data.inputs.length; input++) {
    const done = step(now.at, input);
    if (!done) continue;
    possible++;
    if (text && !data.inputs[input].line.toUpperCase().includes(text)) continue;
    if (wanted.class && classOf(done.replies) !== wanted.class) continue;
    if (wanted.rule && done.rule.requirement !== wanted.rule) continue;
    shown.push(update(input, done, played?.state === now.at && played.input === input));
  }
  const body = $("answers").tBodies[0];
  for (const old of body.querySelectorAll(".why")) old.remove();
  const isSame = body.rows.length === shown.length && shown.every((tr, index) => body.rows[index] === tr);
  if (!isSame) body.replaceChildren(...shown);
  $("shown").textContent = possible ? `${shown.length} of ${possible}` : "the connection is closed";
  if (played) reveal($("state"), body.querySelector(".mark"));
}

function update(input, done, isMarked) {
  const { tr, verdict, reply, leads, rule } = rowOf(input);
  if (data.verdicts) {
    const [mark, name, meaning] = VERDICTS[data.verdicts[data.verdict[now.at]][input]];
    set(verdict, mark + " ", `v-${name}`);
    verdict.title = meaning;
  }
  set(reply, codes(done.replies), `code c-${classOf(done.replies)}`);
  const stays = done.next === now.at;
  set(leads, stays ? "stays" : STATES[done.next].name, stays ? "same" : "");
  set(rule, done.rule.requirement, "");
  tr.className = isMarked ? "mark" : "";
  return tr;
}

// Shows or hides the rule of an input's answer and its sentence.
function why(input) {
  const { tr } = rows[input];
  const { rule } = step(now.at, input);
  const shown = tr.nextElementSibling;
  if (shown?.className === "why") return shown.remove();
  tr.after(el("tr", { class: "why" }, el("td", { colspan: 4 },
    el("div", {}, `${rule.claim} (${rule.required_by}, ${rule.strength}).`),
    rule.sentence ? el("blockquote", {}, rule.sentence) : null,
    el("div", { class: "same" }, `Row “${rule.name}” of the table: ${codes(rule.replies)}, after ${rule.source}.`))));
}

function renderLog() {
  const log = $("log");
  const first = el("li", {}, el("span", { class: "c-completion" }, "< 220"));
  log.replaceChildren(first, ...now.trail.flatMap(({ input, replies }) => [
    el("li", {}, data.inputs[input].event ? data.inputs[input].line : `> ${data.inputs[input].line}`),
    ...replies.map((code) => el("li", { class: `c-${classOf([code])}` }, `< ${code}`)),
  ]));
  log.scrollTop = log.scrollHeight;
  $("back").disabled = $("copy").disabled = now.trail.length === 0;
}

const phaseId = (state) => STATES[state].phase.name.toLowerCase();

function renderMap() {
  mark("dot", $("dot-" + now.at));
  mark("phase", $("phase-" + phaseId(now.at)));
}

const marked = { dot: null, phase: null };

// Marks where the session is, among the states or in the picture; what is marked already costs nothing.
function mark(what, found) {
  if (marked[what] === found) return;
  marked[what]?.classList.remove("here");
  marked[what] = found;
  found?.classList.add("here");
  reveal($(what === "dot" ? "states" : "picture"), found);
}

// Scrolls `pane` alone, so that `node` in it is to be seen.
function reveal(pane, node) {
  if (!node) return;
  const [around, place] = [pane.getBoundingClientRect(), node.getBoundingClientRect()];
  if (place.top >= around.top && place.bottom <= around.bottom) return;
  pane.scrollTop += place.top - around.top - (around.height - place.height) / 2;
}

// Lights up the way of `steps` in the picture and among the states; null puts it out.
function light(steps) {
  for (const old of document.querySelectorAll("#map .lit")) old.classList.remove("lit");
  $("map").classList.toggle("lighting", steps !== null);
  for (const { state, next } of steps ?? []) {
    $("dot-" + state).classList.add("lit");
    $("phase-" + phaseId(state))?.classList.add("lit");
    if (next === undefined) continue;
    const arrow = `[data-from="${phaseId(state)}"][data-to="${phaseId(next)}"]`;
    for (const found of document.querySelectorAll(arrow)) found.classList.add("lit");
  }
}

// Loads steps to be played: lines to show, and for each step its line, state and input.
function load(lines, steps) {
  now.play = { lines, steps, at: -1 };
  $("play").replaceChildren(...lines.map((line) => el("li", {}, line || " ")));
  light(steps);
  playTo(-1);
}

function playTo(at) {
  const play = now.play;
  if (!play || at < -1 || at >= play.steps.length) return;
  play.at = at;
  const current = play.steps[at];
  for (const [index, item] of [...$("play").children].entries()) {
    item.classList.toggle("at", current !== undefined && index === current.line);
    const isOff = play.steps.some((one) => one.line === index && one.isOff && play.steps.indexOf(one) <= at);
    item.classList.toggle("off", isOff);
  }
  now.trail = play.steps.slice(0, Math.max(at, 0)).map(({ state, input }) => ({ from: state, input, ...step(state, input) }));
  $("progress").textContent = `step ${at + 1} of ${play.steps.length}` + (current?.isOff ? `: the rules answer ${codes(step(current.state, current.input).replies)} here` : "");
  $("previous").disabled = at < 0;
  $("next").disabled = at + 1 >= play.steps.length;
  reveal($("play"), $("play").children[current?.line ?? 0]);
  go(current ? current.state : play.steps[0]?.state ?? 0);
}
