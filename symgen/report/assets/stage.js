// The stage: one generator, one s; controls that change them, and everything that is drawn from them.

const byId = (id) => document.getElementById(id);
const state = { index: 0, s: 0, section: null, places: null, playing: false, phase: 0 };
let panels = [], canvases = [], columns = null, queued = false;

function queue() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => { queued = false; draw(); });
}

function draw(colours = theme()) {
  if (scene.kind === "none") return;
  columns = movedTo(state.index, state.s, columns);
  canvases.forEach((canvas, n) => {
    panels[n].draw(canvas, state.index, columns, colours);
    canvas.setAttribute("aria-label", panels[n].label(state.s));
  });
  const places = state.places || liveliest(state.index, 3);
  const field = byId("field");
  if (field) drawField(field, state.index, columns, places, colours);
  if (byId("section")) {
    drawSection(byId("section"), canvases[0], state.index, state.section, colours);
    sectionLine(canvases[0], colours);
  }
}

// Where the section is, on the picture that it is taken from.
function sectionLine(canvas, colours) {
  if (!canvas.plot) return;
  const context = canvas.getContext("2d"), { box } = canvas.plot, y = canvas.plot.y(state.section);
  context.save();
  context.strokeStyle = colours.ink;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(box.left, y);
  context.lineTo(box.left + box.width, y);
  context.stroke();
  context.restore();
}

function setS(s) {
  const generator = scene.generators[state.index], slider = byId("s");
  state.s = Math.max(-generator.reach, Math.min(generator.reach, s));
  slider.value = state.s;
  const said = `s = ${state.s.toFixed(3).replace("-", "−")}`;
  slider.setAttribute("aria-valuetext", said);
  byId("s-value").textContent = said;
  const norm = generator.norm;
  byId("s-formula").textContent = norm && state.s ? `exp(${written(+(state.s / norm).toPrecision(3))} F` : "";
  if (norm && state.s) {
    const sub = document.createElement("sub");
    sub.textContent = state.index + 1;
    byId("s-formula").append(sub, ")");
  }
  moveMarker();
  beyond();
  queue();
}

// The vertical line at s in the chart of what is left.
function moveMarker() {
  document.querySelectorAll(".left-over svg[data-left]").forEach((svg) => {
    const marker = svg.querySelector(".now");
    if (!marker) return;
    const { left, width, low, high } = svg.dataset;
    const s = svg.dataset.sizes ? Math.abs(state.s) : state.s;
    const x = +left + Math.max(0, Math.min(1, (s - low) / (high - low))) * width;
    marker.setAttribute("x1", x);
    marker.setAttribute("x2", x);
  });
}

// Of coordinates that are not drawn: where they are now.
function beyond() {
  const where = byId("held");
  if (!where || !scene.held || !scene.held.length) return;
  const now = movedTo(state.index, state.s);
  where.textContent = scene.held.map((k) => {
    let [low, high] = [Infinity, -Infinity];
    for (const value of now[k]) { low = Math.min(low, value); high = Math.max(high, value); }
    const name = scene.names[k];
    return high - low < 1e-3 * (scene.upper[k] - scene.lower[k]) ? `${name} = ${written(low)}` : `${name} from ${written(low)} to ${written(high)}`;
  }).join(", ");
}

function choose(index) {
  state.index = index;
  const generator = scene.generators[index], slider = byId("s");
  slider.min = -generator.reach;
  slider.max = generator.reach;
  slider.disabled = byId("play").disabled = byId("zero").disabled = !generator.reach;
  byId("reach").textContent = generator.reach < scene.reach
    ? (generator.reach ? `Beyond |s| = ${generator.reach} the flow leaves every bound, or turns too fast to be drawn.` : "This flow leaves every bound at once: nothing can be moved.")
    : "";
  document.querySelectorAll("[data-generator]").forEach((part) => { part.hidden = +part.dataset.generator !== index; });
  axisChoices();
  setS(Math.max(-generator.reach, Math.min(generator.reach, state.s)));
}

// Which coordinates span the view of the field: three menus, where there are more than three.
function axisChoices() {
  const menus = document.querySelectorAll("#axes select");
  const places = state.places || liveliest(state.index, 3);
  menus.forEach((menu, n) => { menu.value = places[n]; });
}

function play(on) {
  state.playing = on;
  const button = byId("play");
  button.setAttribute("aria-pressed", on);
  button.querySelector("span").textContent = on ? "Pause" : "Play";
  if (!on) return;
  const reach = scene.generators[state.index].reach || 1;
  state.phase = Math.asin(Math.max(-1, Math.min(1, state.s / reach)));
  let before = performance.now();
  const step = (now) => {
    if (!state.playing) return;
    state.phase += Math.min(100, now - before) / 1400;
    before = now;
    setS(scene.generators[state.index].reach * Math.sin(state.phase));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function buildStage() {
  panels = panelsOf();
  const place = byId("panels");
  canvases = panels.map((panel) => {
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    figure.className = panel.kind;
    canvas.setAttribute("role", "img");
    figure.append(canvas);
    if (panel.title) {
      const caption = document.createElement("figcaption");
      caption.textContent = panel.title;
      figure.append(caption);
    }
    place.append(figure);
    return canvas;
  });
  const section = byId("section-at");
  if (section) {
    state.section = (scene.lower[1] + scene.upper[1]) / 2;
    const told = () => {
      const said = `${scene.names[1]} = ${written(+state.section.toPrecision(3))}`;
      byId("section-value").textContent = said;
      section.setAttribute("aria-valuetext", said);
    };
    Object.assign(section, { min: scene.lower[1], max: scene.upper[1], step: (scene.upper[1] - scene.lower[1]) / 200, value: state.section });
    section.addEventListener("input", () => { state.section = +section.value; told(); queue(); });
    told();
  }
  document.querySelectorAll("#axes select").forEach((menu) => menu.addEventListener("change", () => {
    state.places = [...document.querySelectorAll("#axes select")].map((each) => +each.value);
    queue();
  }));
  if (scene.names.length > 2) turnable(byId("field"), queue);
  byId("s").addEventListener("input", (event) => { play(false); setS(+event.target.value); });
  byId("play").addEventListener("click", () => play(!state.playing));
  byId("zero").addEventListener("click", () => { play(false); setS(0); });
  document.querySelectorAll("input[name=generator]").forEach((radio) => radio.addEventListener("change", () => choose(+radio.value)));
  new ResizeObserver(queue).observe(place);
  const chosen = document.querySelector("input[name=generator]:checked");
  choose(chosen ? +chosen.value : 0);
  const list = document.querySelector(".choice"), card = chosen && chosen.closest("label");
  if (card) list.scrollTop = card.offsetTop + card.offsetHeight - list.offsetTop - list.clientHeight;
  setS(0.5 * scene.generators[state.index].reach);
}
