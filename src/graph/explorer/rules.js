// The rules as data, and a session that follows them: nothing here touches the page.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const STATES = data.states.map(([phase, ...words], number) => ({
  number,
  phase: data.phases[phase],
  words: words.map((word) => data.words[word]),
}));
for (const state of STATES) {
  state.name = state.words.join(", ");
  state.id = state.words.map((word) => word.replace(/[^a-z]/g, "")).join("_");
}
const BY_ID = new Map(STATES.map((state) => [state.id, state.number]));

// For each state, where each input leads: most lead to the same place.
const NEXT = data.next.map(([usual, ...others]) => {
  const next = new Array(data.inputs.length).fill(usual);
  for (let index = 0; index < others.length; index += 2) next[others[index]] = others[index + 1];
  return next;
});

// What `input` does in `state`; null where it cannot come.
function step(state, input) {
  const rule = data.rows[data.row[state]][input];
  if (rule < 0) return null;
  return { rule: data.rules[rule], replies: data.rules[rule].replies, next: NEXT[state][input] };
}

// The inputs of a shortest way from connect to `state`.
function access(state) {
  const inputs = [];
  for (let at = state; data.parent[at] !== null; at = data.parent[at][0]) inputs.unshift(data.parent[at][1]);
  return inputs;
}

// The input that a line stands for: the line itself, else the first with its verb that takes an argument if it has one.
function readLine(line) {
  const text = line.trim();
  const lines = data.inputs;
  const is = (input) => !input.event && input.line === (text || "(empty line)");
  const exact = lines.findIndex(is);
  if (exact >= 0) return exact;
  const space = text.indexOf(" ");
  const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
  const hasArgument = space >= 0;
  const own = (input) => !input.event && input.verb === verb && input.line !== "PWD surplus";
  const fits = (input) => own(input) && input.line.includes(" ") === hasArgument && input.line !== "RNTO";
  const found = lines.findIndex(fits);
  if (found >= 0) return found;
  const form = !lines.some(own) ? "XYZZY" : hasArgument ? "PWD surplus" : "RNTO";
  return lines.findIndex((input) => input.line === form);
}

const DATA_EVENTS = { close: "(end of data)", read: "(end of data)", size: "(end of data)", empty: "(end of data)",
  break: "(broken)", refuse: "(no connection)", fail: "(local error)" };

// The steps of a transcript, followed by the strict rules: lines, each with the state and the input that it is.
function follow(text) {
  const lines = text.split(/\r?\n/).slice(0, 2000);
  const sessions = new Map();
  let name = "A";
  const steps = [];
  for (const [line, entry] of lines.entries()) {
    const mark = entry[0];
    const rest = entry.slice(1).trim();
    let input = -1;
    if (mark === ">") input = readLine(rest);
    else if (rest.startsWith("session ") && mark === "@") name = rest.slice(8);
    else if (rest.startsWith("data ") && mark === "@") {
      const event = DATA_EVENTS[rest.split(" ")[1]];
      input = data.inputs.findIndex((known) => known.event && known.line === event);
    }
    const state = sessions.get(name) ?? 0;
    const done = input < 0 ? null : step(state, input);
    if (!done) continue;
    const expected = [];
    for (let at = line + 1; at < lines.length && lines[at][0] === "<"; at++) expected.push(lines[at].slice(1).trim().split(/\s+/));
    const admits = (code, wanted) => wanted.some((one) => one === String(code) || (one.endsWith("yz") && one[0] === String(code)[0]));
    const isOff = expected.length > 0 && !(expected.length === done.replies.length && done.replies.every((code, at) => admits(code, expected[at])));
    steps.push({ line, state, input, next: done.next, isOff });
    sessions.set(name, done.next);
  }
  return { lines, steps };
}
