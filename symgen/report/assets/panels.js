// Curves of ordinary equations, dots, and images: what each kind of datum looks like when it is moved.

function curvePanel(i, j) {
  const places = [i, j];
  const sizes = places.map((k) => scene.upper[k] - scene.lower[k]);
  const equal = i >= scene.independent && Math.max(...sizes) < 3 * Math.min(...sizes);
  return {
    kind: "square",
    label: (s) => `${scene.names[j]} against ${scene.names[i]}, moved by s = ${s.toFixed(2)}, over the data`,
    draw(canvas, index, columns, colours) {
      const surface = ready(canvas);
      if (!surface) return null;
      const found = extent(index);
      const plot = axes(surface, { ranges: places.map((k) => viewRange(found[k], k)), places, equal }, colours);
      inside(surface, plot.box, (context) => {
        for (const [points, colour, wide] of [[base(), colours.data, 5], [columns, colours.accent, 2]]) {
          context.strokeStyle = context.fillStyle = colour;
          context.lineWidth = wide;
          context.lineJoin = "round";
          context.beginPath();
          for (let p = 0; p < points[i].length; p++) context[p ? "lineTo" : "moveTo"](plot.x(points[i][p]), plot.y(points[j][p]));
          context.stroke();
          context.beginPath();
          context.arc(plot.x(points[i][0]), plot.y(points[j][0]), wide + 1.5, 0, 7);
          context.fill();
        }
      });
      return plot;
    },
  };
}

// The two coordinates along which a field moves most.
function liveliest(index, count) {
  const rates = scene.arrows.rates[index];
  const order = rates.map((_, i) => i).sort((a, b) => rates[b] - rates[a]);
  const most = Math.max(...rates);
  const moving = order.filter((i) => rates[i] > 0.02 * most).slice(0, count);
  for (let i = 0; moving.length < Math.min(count, rates.length); i++) if (!moving.includes(i)) moving.push(i);
  return moving.sort((a, b) => a - b);
}

function dotsPanel() {
  return {
    kind: "square",
    label: (s) => `Points moved by s = ${s.toFixed(2)}, with lines to where they were`,
    draw(canvas, index, columns, colours) {
      const surface = ready(canvas);
      if (!surface) return null;
      const places = scene.names.length > 1 ? liveliest(index, 2) : [0, 0];
      const [i, j] = places;
      const found = extent(index);
      const plot = axes(surface, { ranges: places.map((k) => viewRange(found[k], k, 0.3)), places, equal: i !== j }, colours);
      const values = scene.values && cached("values", () => array(scene.values));
      const map = values && colourMap([Math.min(...values), Math.max(...values)], colours.dark);
      const start = base();
      inside(surface, plot.box, (context) => {
        context.strokeStyle = colours.line;
        context.beginPath();
        for (let p = 0; p < start[i].length; p++) {
          context.moveTo(plot.x(start[i][p]), plot.y(start[j][p]));
          context.lineTo(plot.x(columns[i][p]), plot.y(columns[j][p]));
        }
        context.stroke();
        context.fillStyle = colours.data;
        for (let p = 0; p < start[i].length; p++) context.fillRect(plot.x(start[i][p]) - 1.2, plot.y(start[j][p]) - 1.2, 2.4, 2.4);
        context.fillStyle = colours.accent;
        for (let p = 0; p < columns[i].length; p++) {
          if (map) {
            const at = 3 * Math.round(255 * Math.max(0, Math.min(1, (values[p] - map.limits[0]) / (map.limits[1] - map.limits[0] || 1))));
            context.fillStyle = `rgb(${map.colours[at]},${map.colours[at + 1]},${map.colours[at + 2]})`;
          }
          context.beginPath();
          context.arc(plot.x(columns[i][p]), plot.y(columns[j][p]), 2.6, 0, 7);
          context.fill();
        }
      });
      return plot;
    },
  };
}

// Bilinear sample of a plane (rows, columns) at x, y in [-1, 1], continued beyond its edges as the domain says.
function sample(plane, rows, count, x, y) {
  let p = ((x + 1) / 2) * (count - 1), q = ((y + 1) / 2) * (rows - 1);
  if (scene.padding === "reflection") {
    const fold = (at, n) => { const period = 2 * (n - 1) || 1; const m = ((at % period) + period) % period; return m > n - 1 ? period - m : m; };
    p = fold(p, count);
    q = fold(q, rows);
  } else if (scene.padding === "border") {
    p = Math.max(0, Math.min(count - 1, p));
    q = Math.max(0, Math.min(rows - 1, q));
  }
  const c = Math.floor(p), r = Math.floor(q), a = p - c, b = q - r;
  const at = (i, k) => (i < 0 || k < 0 || i >= rows || k >= count ? 0 : plane[i * count + k]);
  const mix = (i, k, w) => (w ? w * at(i, k) : 0);
  return mix(r, c, (1 - a) * (1 - b)) + mix(r, c + 1, a * (1 - b)) + mix(r + 1, c, (1 - a) * b) + mix(r + 1, c + 1, a * b);
}

// The image at the pixels that `columns`, the moved grid, says; on a canvas of as many pixels.
function movedImage(columns) {
  const [height, width] = scene.image.size, [rows, count] = scene.shape;
  const planes = cached("planes", () => scene.image.planes.map(array));
  const own = cached("picture", () => document.createElement("canvas"));
  own.width = width;
  own.height = height;
  const context = own.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(width, height);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      let [x, y] = [columns[0][r * count + c], columns[1][r * count + c]];
      if (rows !== height || count !== width) {
        const u = height > 1 ? (2 * r) / (height - 1) - 1 : 0, v = width > 1 ? (2 * c) / (width - 1) - 1 : 0;
        [x, y] = [gridAt(columns[0], rows, count, v, u), gridAt(columns[1], rows, count, v, u)];
      }
      const p = 4 * (r * width + c);
      planes.forEach((plane, k) => { picture.data[p + k] = Math.round(255 * sample(plane, height, width, x, y)); });
      picture.data[p + 3] = 255;
    }
  }
  context.putImageData(picture, 0, 0);
  return own;
}

function gridAt(plane, rows, count, x, y) {
  const p = ((x + 1) / 2) * (count - 1), q = ((y + 1) / 2) * (rows - 1);
  const c = Math.min(count - 2, Math.floor(p)), r = Math.min(rows - 2, Math.floor(q)), a = p - c, b = q - r;
  const at = r * count + c;
  return (1 - b) * ((1 - a) * plane[at] + a * plane[at + 1]) + b * ((1 - a) * plane[at + count] + a * plane[at + count + 1]);
}

function imagePanel(still) {
  return {
    kind: "picture",
    title: still ? "the image" : "moved",
    label: (s) => (still ? "The image as it is" : `The image moved by s = ${s.toFixed(2)}`),
    draw(canvas, index, columns) {
      const surface = ready(canvas);
      if (!surface) return null;
      const { context, width, height } = surface;
      const [rows, count] = scene.image.size, scale = Math.min(width / count, height / rows);
      context.imageSmoothingEnabled = false;
      const picture = movedImage(still ? base() : columns);
      context.drawImage(picture, (width - scale * count) / 2, (height - scale * rows) / 2, scale * count, scale * rows);
      return {};
    },
  };
}

function panelsOf() {
  const count = scene.names.length;
  if (scene.kind === "mesh") return scene.names.map((_, k) => k).slice(scene.independent, scene.independent + 3).map(meshPanel);
  if (scene.kind === "curve") {
    const first = scene.independent;
    const pairs = count > first + 1 ? [[0, first], [0, first + 1], [first, first + 1]] : [[0, first]];
    return pairs.map(([i, j]) => curvePanel(i, j));
  }
  if (scene.kind === "dots") return [dotsPanel()];
  return scene.kind === "image" ? [imagePanel(true), imagePanel(false)] : [];
}
