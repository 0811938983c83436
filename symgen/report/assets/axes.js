// Canvases with axes: sizes for sharp lines, the theme's colours, ticks at round numbers, names of coordinates.

function theme() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), faint: of("faint"), line: of("line"), paper: of("panel"), accent: of("accent"), data: of("data"),
    dark: of("dark") === "1", font: style.fontFamily || "sans-serif",
  };
}

// A canvas ready to be drawn on, in units of CSS pixels; null while it is not shown.
function ready(canvas) {
  const width = canvas.clientWidth || canvas.fixedWidth, height = canvas.clientHeight || canvas.fixedHeight;
  if (!width || !height) return null;
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, ratio };
}

function ticks(low, high, most) {
  const raw = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found.map((value) => (Math.abs(value) < step * 1e-6 ? 0 : value));
}

function written(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(+value.toPrecision(4));
  return text.replace("-", "−");
}

// The name of a coordinate, an italic letter with an index, its middle or left end at (x, y).
function nameAt(context, place, x, y, colours, align = "center") {
  const [stem, index] = scene.labels[place];
  context.save();
  context.fillStyle = colours.ink;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const large = `${[...stem].length === 1 ? "italic " : ""}14px Georgia, "Liberation Serif", serif`;
  const small = `italic 10px Georgia, "Liberation Serif", serif`;
  context.font = large;
  const wide = context.measureText(stem).width;
  context.font = small;
  const both = wide + (index ? context.measureText(index).width + 1 : 0);
  const left = align === "center" ? x - both / 2 : align === "right" ? x - both : x;
  if (index) context.fillText(index, left + wide + 1, y + 4);
  context.font = large;
  context.fillText(stem, left, y);
  context.restore();
}

// Axes around a box; `view` has the ranges [across, up] and the places of the two coordinates in `names`.
function axes(surface, view, colours, margins = { left: 46, right: 12, top: 10, bottom: 34 }) {
  const { context, width, height } = surface;
  const box = {
    left: margins.left, top: margins.top,
    width: width - margins.left - margins.right, height: height - margins.top - margins.bottom,
  };
  let [[x0, x1], [y0, y1]] = view.ranges;
  if (view.equal) {
    const scale = Math.max((x1 - x0) / box.width, (y1 - y0) / box.height);
    const [mx, my] = [(x0 + x1) / 2, (y0 + y1) / 2];
    [x0, x1] = [mx - (scale * box.width) / 2, mx + (scale * box.width) / 2];
    [y0, y1] = [my - (scale * box.height) / 2, my + (scale * box.height) / 2];
  }
  const plot = {
    box, ranges: [[x0, x1], [y0, y1]],
    x: (value) => box.left + ((value - x0) / (x1 - x0)) * box.width,
    y: (value) => box.top + box.height - ((value - y0) / (y1 - y0)) * box.height,
  };
  context.save();
  context.font = `11px ${colours.font}`;
  context.fillStyle = colours.faint;
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const value of ticks(x0, x1, box.width / 70)) {
    const at = Math.round(plot.x(value)) + 0.5;
    context.moveTo(at, box.top + box.height);
    context.lineTo(at, box.top + box.height + 4);
    context.fillText(written(value), at, box.top + box.height + 7);
  }
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const value of ticks(y0, y1, box.height / 34)) {
    const at = Math.round(plot.y(value)) + 0.5;
    context.moveTo(box.left - 4, at);
    context.lineTo(box.left, at);
    context.fillText(written(value), box.left - 7, at);
  }
  context.moveTo(box.left + 0.5, box.top);
  context.lineTo(box.left + 0.5, box.top + box.height + 0.5);
  context.lineTo(box.left + box.width, box.top + box.height + 0.5);
  context.stroke();
  context.restore();
  nameAt(context, view.places[0], box.left + box.width / 2, height - 8, colours);
  nameAt(context, view.places[1], 10, box.top + box.height / 2, colours);
  return plot;
}

function inside(surface, box, draw) {
  const { context } = surface;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  draw(context);
  context.restore();
}

// The range of the data, widened by as much as it moves, but not without end.
function viewRange(range, place, most = 0.45) {
  const low = scene.lower[place], high = scene.upper[place], size = high - low;
  const from = Math.max(range[0], low - most * size), to = Math.min(range[1], high + most * size);
  const edge = 0.03 * (to - from);
  return [from - edge, to + edge];
}

// The window of the data as a dashed frame.
function frame(context, plot, places, colours) {
  const [i, j] = places;
  const left = plot.x(scene.lower[i]), right = plot.x(scene.upper[i]);
  const top = plot.y(scene.upper[j]), bottom = plot.y(scene.lower[j]);
  context.save();
  context.strokeStyle = colours.ink;
  context.globalAlpha = 0.65;
  context.setLineDash([5, 4]);
  context.strokeRect(left, top, right - left, bottom - top);
  context.restore();
}
