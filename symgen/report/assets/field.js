// A vector field as arrows in three coordinates, with the moved datum, that can be turned; in two it lies flat.

const view = { yaw: -0.65, pitch: 0.5, zoom: 1 };
const START = { ...view };

function normalised(place, value) {
  return (2 * (value - scene.lower[place])) / (scene.upper[place] - scene.lower[place]) - 1;
}

function drawField(canvas, index, columns, places, colours) {
  const surface = ready(canvas);
  if (!surface) return;
  const { context, width, height } = surface;
  const flat = places.length < 3;
  const size = (Math.min(width, height) / (flat ? 2.5 : 3.5)) * (flat ? 1 : view.zoom);
  const [cy, sy, cp, sp] = [Math.cos(view.yaw), Math.sin(view.yaw), Math.cos(view.pitch), Math.sin(view.pitch)];
  const down = scene.kind === "image" ? 1 : -1;
  const project = (a, b, c) => {
    if (flat) return [width / 2 + size * a, height / 2 + down * size * b, 0];
    const x = cy * a - sy * b, y = sy * a + cy * b;
    const depth = cp * y - sp * c, far = 1 / (1 + 0.1 * depth);
    return [width / 2 + size * x * far, height / 2 - size * (sp * y + cp * c) * far, depth];
  };
  const at = (values) => project(...places.map((k, n) => values[n]), 0);
  const path = (points) => {
    context.beginPath();
    points.forEach((p, n) => context[n ? "lineTo" : "moveTo"](p[0], p[1]));
    context.stroke();
  };
  const point = (source, p) => places.map((k) => normalised(k, source[k][p]));

  if (scene.kind === "image") {
    const [a, b] = [project(-1, -1), project(1, 1)];
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 0.4;
    context.drawImage(movedImage(base()), a[0], a[1], b[0] - a[0], b[1] - a[1]);
    context.globalAlpha = 1;
  }
  // the window of the data
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  const corners = flat ? [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map((c) => at(c)) : null;
  if (corners) path(corners);
  else {
    for (const [a, b] of [[0, 1], [0, 2], [1, 2]]) {
      for (const u of [-1, 1]) for (const v of [-1, 1]) {
        const ends = [-1, 1].map((w) => { const c = [w, w, w]; c[a] = u; c[b] = v; return at(c); });
        path(ends);
      }
    }
  }
  if (scene.kind !== "image") {
    names(context, places, at, colours, [width / 2, height / 2]);
    drawDatum(context, columns, point, at, path, colours);
  }
  arrows(context, index, places, at, colours);
}

// Each name beside the edge of its axis that is on the outline: the leftmost upright one, the lowest of the others.
function names(context, places, at, colours, centre) {
  places.forEach((k, n) => {
    const others = places.map((_, m) => m).filter((m) => m !== n);
    const edges = others.length === 2 ? [[-1, -1], [-1, 1], [1, -1], [1, 1]] : [[-1]];
    const middles = edges.map((ends) => {
      const corner = places.map(() => 0);
      others.forEach((m, i) => { corner[m] = ends[i]; });
      return at(corner);
    });
    const upright = n === 2;
    const [x, y] = middles.reduce((best, p) => ((upright ? p[0] < best[0] : p[1] > best[1]) ? p : best));
    const away = Math.hypot(x - centre[0], y - centre[1]) || 1;
    nameAt(context, k, x + (16 * (x - centre[0])) / away, y + (16 * (y - centre[1])) / away, colours);
  });
}

function drawDatum(context, columns, point, at, path, colours) {
  const [rows, count] = scene.shape;
  context.strokeStyle = colours.data;
  context.lineWidth = 1;
  if (scene.kind === "mesh") {
    const lines = Math.min(rows, 26), step = Math.max(1, Math.floor(count / 100));
    for (let k = 0; k < lines; k++) {
      const r = Math.round((k * (rows - 1)) / (lines - 1)), line = [];
      for (let c = 0; c < count; c += step) line.push(at(point(columns, r * count + c)));
      path(line);
    }
  } else if (scene.kind === "curve") {
    context.lineWidth = 2.5;
    path(Array.from(columns[0], (_, p) => at(point(columns, p))));
  } else if (scene.kind === "dots") {
    context.fillStyle = colours.data;
    for (let p = 0; p < columns[0].length; p++) {
      const [x, y] = at(point(columns, p));
      context.fillRect(x - 1.2, y - 1.2, 2.4, 2.4);
    }
  }
}

function arrows(context, index, places, at, colours) {
  const points = cached("arrows", () => scene.arrows.points.map(array));
  const field = cached(`field ${index}`, () => scene.arrows.fields[index].map(array));
  const half = places.map((k) => (scene.upper[k] - scene.lower[k]) / 2);
  let longest = 0;
  const lengths = new Float32Array(points[0].length);
  for (let p = 0; p < lengths.length; p++) {
    lengths[p] = Math.hypot(...places.map((k, n) => field[k][p] / half[n]));
    longest = Math.max(longest, lengths[p]);
  }
  if (!longest) return;
  const scale = (scene.kind === "image" ? 0.2 : 0.34) / longest;
  const drawn = [];
  for (let p = 0; p < lengths.length; p++) {
    const start = places.map((k) => normalised(k, points[k][p]));
    const end = start.map((value, n) => value + (scale * field[places[n]][p]) / half[n]);
    const [a, b] = [at(start), at(end)];
    drawn.push([a, b, (a[2] + b[2]) / 2]);
  }
  drawn.sort((left, right) => right[2] - left[2]); // the far ones first
  context.strokeStyle = context.fillStyle = colours.accent;
  context.lineWidth = 1.3;
  for (const [a, b, depth] of drawn) {
    const dx = b[0] - a[0], dy = b[1] - a[1], long = Math.hypot(dx, dy);
    context.globalAlpha = Math.max(0.25, Math.min(1, 0.8 - 0.3 * depth));
    if (long < 0.7) {
      context.fillRect(b[0] - 0.8, b[1] - 0.8, 1.6, 1.6);
      continue;
    }
    const head = Math.min(6, 0.45 * long), ux = dx / long, uy = dy / long;
    context.beginPath();
    context.moveTo(a[0], a[1]);
    context.lineTo(b[0] - ux * head * 0.8, b[1] - uy * head * 0.8);
    context.stroke();
    context.beginPath();
    context.moveTo(b[0], b[1]);
    context.lineTo(b[0] - head * (ux + 0.45 * uy), b[1] - head * (uy - 0.45 * ux));
    context.lineTo(b[0] - head * (ux - 0.45 * uy), b[1] - head * (uy + 0.45 * ux));
    context.fill();
  }
  context.globalAlpha = 1;
}

// By pointer and by keys; `changed` is called after every turn.
function turnable(canvas, changed) {
  let held = null;
  const turn = (yaw, pitch) => {
    view.yaw += yaw;
    view.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, view.pitch + pitch));
    changed();
  };
  const zoom = (factor) => { view.zoom = Math.max(0.5, Math.min(4, view.zoom * factor)); changed(); };
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    turn((event.clientX - held[0]) * 0.01, (event.clientY - held[1]) * 0.01);
    held = [event.clientX, event.clientY];
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });
  canvas.addEventListener("keydown", (event) => {
    const keys = {
      ArrowLeft: () => turn(-0.1, 0), ArrowRight: () => turn(0.1, 0), ArrowUp: () => turn(0, 0.1), ArrowDown: () => turn(0, -0.1),
      "+": () => zoom(1.15), "=": () => zoom(1.15), "-": () => zoom(1 / 1.15), Home: () => { Object.assign(view, START); changed(); },
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
}
