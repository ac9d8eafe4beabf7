"use strict";
// Lists the items of a run: rows are data, and become elements only as they are shown.
const data = JSON.parse(document.getElementById("data").textContent);
const STEP = 20;
const filters = document.getElementById("filters");
const list = document.getElementById("list");
const count = document.getElementById("count");
const more = document.getElementById("more");
const printed = document.getElementById("printed");
const [ANSWER, STATUS, RIGHT, REPLY, ERROR, SECOND, HOW, SURE, PROMPT] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const UNREAD = ["unparsed", "refused", "failed", "abstained"];

function element(tag, name, text) {
  const created = document.createElement(tag);
  if (name) created.className = name;
  if (text !== undefined) created.textContent = text;
  return created;
}

function choices(select, options, chosen) {
  for (const [value, text] of options) {
    const option = element("option", "", text);
    option.value = value;
    select.append(option);
  }
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

const arms = [...new Set(data.groups.map((group) => group.arm))];
const draws = [...new Set(data.groups.map((group) => group.draw))].filter((draw) => draw);
const labels = [...new Set(data.items.map((item) => data.texts[item[1]]))].sort();
const lower = data.texts.map((text) => text.toLowerCase());
const inputs = data.items.map((item) => `${item[0]}\n${item[2]}`.toLowerCase());

function group(arm) {
  const draw = Number(filters.draw.value || 0);
  const of = (wanted) => data.groups.findIndex((each) => each.arm === arm && each.draw === wanted);
  const number = of(draw) >= 0 ? of(draw) : of(0);
  return number >= 0 ? data.answers[number] : [];
}

function kind(ours, theirs) {
  if (!ours || !theirs || ours[STATUS] === "prepared" || theirs[STATUS] === "prepared") return "";
  if (ours[RIGHT] && theirs[RIGHT]) return "right";
  if (ours[RIGHT]) return "fixed";
  return theirs[RIGHT] ? "broken" : "wrong";
}

const BADGES = { fixed: "✓ fixed", broken: "✗ broken", right: "✓ right", wrong: "✗ wrong", "": "– none" };

function holds(row, word) {
  return row && [ANSWER, REPLY, ERROR, SECOND].some((at) => row[at] !== null && lower[row[at]].includes(word));
}

let shown = [];
let ours = [];
let theirs = [];

function matches(place, wanted, label, word) {
  const item = data.items[place];
  const [a, b] = [ours[place], theirs[place]];
  if (!a && !b) return false;
  if (label && data.texts[item[1]] !== label) return false;
  if (wanted === "changed" ? !(a && b && a[ANSWER] !== b[ANSWER])
    : wanted === "discordant" ? !["fixed", "broken"].includes(kind(a, b))
    : wanted === "unread" ? !(a && UNREAD.includes(a[STATUS]))
    : wanted && kind(a, b) !== wanted) return false;
  return !word || inputs[place].includes(word) || holds(a, word) || holds(b, word);
}

function apply() {
  ours = group(filters.arm.value);
  theirs = group(filters.base.value);
  const word = filters.search.value.toLowerCase();
  const places = data.items.map((_, place) => place);
  const paired = places.filter((place) => kind(ours[place], theirs[place]));
  const of = (name) => paired.filter((place) => kind(ours[place], theirs[place]) === name).length;
  shown = places.filter((place) => matches(place, filters.show.value, filters.label.value, word));
  const left = data.dropped ? ` ${data.dropped.toLocaleString("en")} answers, of later draws or items, are in predictions.jsonl alone.` : "";
  count.textContent = `${shown.length.toLocaleString("en")} of ${data.items.length.toLocaleString("en")} items; ` +
    `in all ${of("fixed")} fixed, ${of("broken")} broken, ${of("right")} right in both, ${of("wrong")} wrong in both.${left}`;
  list.replaceChildren();
  extend();
}

function extend() {
  const start = list.childElementCount;
  const part = document.createDocumentFragment();
  for (const place of shown.slice(start, start + STEP)) part.append(row(place));
  list.append(part);
  more.hidden = list.childElementCount >= shown.length;
  const all = shown.length.toLocaleString("en");
  printed.textContent = `Printed: ${more.hidden ? all : `the first ${list.childElementCount}`} of these ${all} items; ` +
    "prompts and replies of those alone that were open. The page itself has them all.";
}

function answer(cells) {
  if (!cells) return "–";
  if (cells[ANSWER] !== null) return data.texts[cells[ANSWER]];
  return cells[STATUS] === "prepared" ? "not answered" : cells[STATUS];
}

function row(place) {
  const item = data.items[place];
  const line = element("details", "item");
  const head = element("summary");
  const name = kind(ours[place], theirs[place]);
  const text = element("span", "text");
  text.append(element("bdi", "", (item[2] || item[0]).slice(0, 300)));
  const given = element("span", "given");
  const label = data.texts[item[1]];
  given.append(element("bdi", "", label));
  const answers = [answer(theirs[place]), answer(ours[place])];
  if (answers.some((each) => each !== label)) given.append(": ", element("bdi", "", answers[0]), " → ", element("bdi", "", answers[1]));
  head.append(element("span", `badge ${name}`, BADGES[name]), text, given);
  line.append(head);
  line.addEventListener("toggle", () => {
    if (line.open && line.childElementCount === 1) line.append(body(place));
  });
  return line;
}

function body(place) {
  const item = data.items[place];
  const box = element("div", "body");
  box.append(element("p", "faint", `${item[0]}, true label: ${data.texts[item[1]]}`));
  for (const select of [filters.arm, filters.base]) {
    const cells = group(select.value)[place];
    const proxy = data.groups.some((each) => each.arm === select.value && each.proxy);
    if (!cells || proxy) continue;
    if (cells[ERROR] !== null) text(box, `${select.value}: why there is no answer`, data.texts[cells[ERROR]]);
    text(box, `${select.value}: reply`, data.texts[cells[REPLY]] || "(empty)");
    if (cells[SECOND] !== null) text(box, `${select.value}: reply when asked again`, data.texts[cells[SECOND]]);
    text(box, `${select.value}: prompt`, cells[PROMPT] ? prompt(cells[PROMPT]) : "(in prompts.jsonl)");
  }
  const every = element("details");
  every.append(element("summary", "", "the answers of all arms"), answers(place));
  box.append(every);
  return box;
}

function text(box, title, content) {
  box.append(element("h4", "", title));
  const pre = element("pre", "", content);
  pre.dir = "auto";
  box.append(pre);
}

function prompt([head, last]) {
  let whole = "";
  let begun = true;
  for (const number of [...data.heads[head], last]) {
    const block = data.blocks[number];
    const role = block.startsWith("\u0000");
    whole += (begun ? "" : "\n\n") + (role ? `[${block.slice(1)}]\n` : block);
    begun = role;
  }
  return whole;
}

function answers(place) {
  const box = element("div", "wide");
  const table = element("table");
  const head = element("tr");
  for (const name of ["arm", "answer", "", "read", "sure"]) head.append(element("th", "", name));
  const top = element("thead");
  top.append(head);
  const rows = element("tbody");
  data.groups.forEach((each, number) => {
    const cells = data.answers[number][place];
    if (!cells) return;
    const line = element("tr");
    const name = element("th");
    name.scope = "row";
    name.append(element("bdi", "", each.draw ? `${each.arm} (draw ${each.draw})` : each.arm));
    const value = element("td");
    value.append(element("bdi", "", answer(cells)));
    line.append(name, value, element("td", "", cells[STATUS] === "prepared" ? "" : cells[RIGHT] ? "✓" : "✗"),
      element("td", "", cells[HOW] || ""), element("td", "number", cells[SURE] === null ? "" : cells[SURE].toFixed(2)));
    rows.append(line);
  });
  table.append(top, rows);
  box.append(table);
  return box;
}

choices(filters.arm, arms.map((arm) => [arm, arm]), data.focus);
choices(filters.base, arms.map((arm) => [arm, arm]), data.baseline);
choices(filters.draw, draws.length ? draws.map((draw) => [String(draw), String(draw)]) : [["0", "the only one"]], String(data.draw));
choices(filters.label, [["", "all labels"], ...labels.map((label) => [label, label])], "");
filters.draw.parentElement.hidden = draws.length < 2;
filters.hidden = false;
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", apply);
more.addEventListener("click", extend);
apply();
if (!shown.length) {
  filters.show.value = "";
  apply();
}
