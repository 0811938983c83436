// A solution over two variables: its deformed mesh in colour, and a section through it.

const MAPS = {
  diverging: { light: ["#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f"],
               dark: ["#9ecbff", "#5ea3f0", "#3579c4", "#22508a", "#1a2f4d", "#1b1d21", "#4a2420", "#8a3a2a", "#cc5b3c", "#f28c68", "#ffc9ae"] },
  rising: { light: ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"] },
};

function colourMap(range, dark) {
  const signed = range[0] < 0 && range[1] > 0;
  const kind = signed ? MAPS.diverging : MAPS.rising;
  const stops = (dark && kind.dark) || kind.light;
  const limit = Math.max(-range[0], range[1]);
  const limits = signed ? [-limit, limit] : range;
  const colours = cached(`map ${stops[0]}`, () => {
    const rgb = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const table = new Uint8ClampedArray(256 * 3);
    for (let i = 0; i < 256; i++) {
      const at = (i / 255) * (rgb.length - 1), k = Math.min(rgb.length - 2, Math.floor(at));
      for (let c = 0; c < 3; c++) table[3 * i + c] = rgb[k][c] + (at - k) * (rgb[k + 1][c] - rgb[k][c]);
    }
    return table;
  });
  return { limits, colours };
}

// Values at the pixels of a picture (NaN where there is none): triangles of the mesh, linear in each.
function raster(columns, [i, j, k], view, width, height, into) {
  const [rows, count] = scene.shape;
  const values = into && into.length === width * height ? into : new Float32Array(width * height);
  values.fill(NaN);
  const [[x0, x1], [y0, y1]] = view;
  const sx = width / (x1 - x0), sy = height / (y1 - y0);
  const X = columns[i], Y = columns[j], Z = columns[k];
  const triangle = (a, b, c) => {
    const ax = (X[a] - x0) * sx, ay = (y1 - Y[a]) * sy, bx = (X[b] - x0) * sx, by = (y1 - Y[b]) * sy;
    const cx = (X[c] - x0) * sx, cy = (y1 - Y[c]) * sy;
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (!area || !isFinite(area)) return;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5)), right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5)), bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    const za = Z[a], zb = Z[b], zc = Z[c];
    for (let q = top; q <= bottom; q++) {
      const py = q + 0.5;
      for (let p = left; p <= right; p++) {
        const px = p + 0.5;
        const wb = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / area;
        const wc = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / area;
        if (wb >= -1e-6 && wc >= -1e-6 && wb + wc <= 1 + 1e-6) values[q * width + p] = za + wb * (zb - za) + wc * (zc - za);
      }
    }
  };
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < count; c++) {
      const a = r * count + c;
      triangle(a, a + 1, a + count);
      triangle(a + 1, a + count + 1, a + count);
    }
  }
  return values;
}

const scratch = document.createElement("canvas");
function paint(surface, box, values, width, height, map) {
  scratch.width = width;
  scratch.height = height;
  const context = scratch.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(width, height);
  const scale = 255 / (map.limits[1] - map.limits[0] || 1);
  for (let p = 0; p < values.length; p++) {
    const value = values[p];
    if (value !== value) continue;
    const at = 3 * Math.max(0, Math.min(255, Math.round((value - map.limits[0]) * scale)));
    picture.data[4 * p] = map.colours[at];
    picture.data[4 * p + 1] = map.colours[at + 1];
    picture.data[4 * p + 2] = map.colours[at + 2];
    picture.data[4 * p + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  surface.context.drawImage(scratch, box.left, box.top, box.width, box.height);
}

function colourBar(surface, plot, map, place, colours) {
  const { context, width } = surface;
  const left = width - 52, { top, height } = plot.box;
  const gradient = context.createLinearGradient(0, top + height, 0, top);
  for (let i = 0; i <= 16; i++) {
    const at = 3 * Math.round((i / 16) * 255);
    gradient.addColorStop(i / 16, `rgb(${map.colours[at]},${map.colours[at + 1]},${map.colours[at + 2]})`);
  }
  context.fillStyle = gradient;
  context.fillRect(left, top, 9, height);
  context.font = `11px ${colours.font}`;
  context.fillStyle = colours.faint;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const y = (value) => top + height - ((value - map.limits[0]) / (map.limits[1] - map.limits[0])) * height;
  for (const value of ticks(...map.limits, Math.max(2, height / 50))) context.fillText(written(value), left + 14, y(value));
  nameAt(context, place, left + 4, top - 10, colours);
}

// One unknown over the first two coordinates.
function meshPanel(place) {
  const places = [0, 1, place];
  const equal = scene.independent > 2 || !scene.names.slice(0, 2).includes("t");
  return {
    kind: equal ? "square" : "wide",
    label: (s) => `${scene.names[place]} over ${scene.names[0]} and ${scene.names[1]}, moved by s = ${s.toFixed(2)}`,
    draw(canvas, index, columns, colours) {
      const surface = ready(canvas);
      if (!surface) return null;
      const found = extent(index);
      const ranges = [viewRange(found[0], 0), viewRange(found[1], 1)];
      const plot = axes(surface, { ranges, places, equal }, colours, { left: 46, right: 66, top: 20, bottom: 34 });
      const width = Math.round(plot.box.width * surface.ratio), height = Math.round(plot.box.height * surface.ratio);
      const map = colourMap(viewRange(found[place], place, 1), colours.dark);
      canvas.values = raster(columns, places, plot.ranges, width, height, canvas.values);
      Object.assign(canvas, { plot, pixels: [width, height] });
      paint(surface, plot.box, canvas.values, width, height, map);
      inside(surface, plot.box, (context) => {
        if (equal) gridLines(context, plot, columns, colours);
        frame(context, plot, places, colours);
      });
      colourBar(surface, plot, map, place, colours);
      return plot;
    },
  };
}

function gridLines(context, plot, columns, colours) {
  const [rows, count] = scene.shape;
  const line = (indices) => {
    context.beginPath();
    indices.forEach((p, n) => context[n ? "lineTo" : "moveTo"](plot.x(columns[0][p]), plot.y(columns[1][p])));
    context.stroke();
  };
  context.strokeStyle = colours.ink;
  context.globalAlpha = 0.28;
  context.lineWidth = 0.7;
  const along = (n) => Array.from({ length: n }, (_, i) => i);
  for (let k = 0; k <= 8; k++) {
    const r = Math.round((k * (rows - 1)) / 8), c = Math.round((k * (count - 1)) / 8);
    line(along(count).map((i) => r * count + i));
    line(along(rows).map((i) => i * count + c));
  }
  context.globalAlpha = 1;
}

// The first unknown at one value of the second coordinate, of the data and of the moved ones: two rows of pictures.
function drawSection(canvas, source, index, height, colours) {
  const surface = ready(canvas);
  if (!surface || !source.plot) return;
  const place = scene.independent, plot = source.plot, [width, rows] = source.pixels;
  const still = cached(`still ${index} ${width} ${rows} ${plot.ranges}`, () => raster(base(), [0, 1, place], plot.ranges, width, rows));
  const row = Math.max(0, Math.min(rows - 1, Math.round(((plot.ranges[1][1] - height) / (plot.ranges[1][1] - plot.ranges[1][0])) * rows - 0.5)));
  const range = viewRange(extent(index)[place], place, 1);
  const own = axes(surface, { ranges: [plot.ranges[0], range], places: [0, place] }, colours, { left: 46, right: 66, top: 8, bottom: 34 });
  inside(surface, own.box, (context) => {
    for (const [values, colour, wide] of [[still, colours.data, 4], [source.values, colours.accent, 1.8]]) {
      context.beginPath();
      let down = false;
      for (let p = 0; p < width; p++) {
        const value = values[row * width + p];
        if (value !== value) { down = false; continue; }
        context[down ? "lineTo" : "moveTo"](own.box.left + ((p + 0.5) / width) * own.box.width, own.y(value));
        down = true;
      }
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.lineJoin = "round";
      context.stroke();
    }
  });
}
