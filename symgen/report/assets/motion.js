// The arrays of the page, and the datum moved to any s: z(s) = z + sum_k c_k (T_k(s / S) - T_k(0)).

const scene = JSON.parse(document.getElementById("scene").textContent);
let whole = null; // of 16 bits each, without sign

async function unpack() {
  const text = atob(document.getElementById("arrays").textContent.trim());
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = planes.length / 2;
  whole = new Uint16Array(n);
  for (let i = 0; i < n; i++) whole[i] = planes[i] | (planes[n + i] << 8);
}

function array(record) {
  const values = new Float32Array(record.n);
  if ("all" in record) return values.fill(record.all);
  let sum = 0;
  for (let i = 0; i < record.n; i++) {
    sum = (sum + whole[record.at + i]) & 0xffff;
    values[i] = record.middle + (sum > 0x7fff ? sum - 0x10000 : sum) * record.scale;
  }
  return values;
}

const kept = new Map();
function cached(key, make) {
  if (!kept.has(key)) kept.set(key, make());
  return kept.get(key);
}

const base = () => cached("base", () => scene.base.map(array));

function series(index) {
  return cached(`series ${index}`, () =>
    scene.generators[index].series.map((each) =>
      each.map((record) => ("all" in record ? record.all : array(record)))));
}

// Coordinates of all points at s, one Float32Array each; `into` is filled where it is given.
function movedTo(index, s, into) {
  const start = base();
  const out = into || start.map((column) => new Float32Array(column.length));
  out.forEach((column, i) => column.set(start[i]));
  const reach = scene.generators[index].reach;
  if (!s || !reach) return out;
  const at = Math.acos(Math.max(-1, Math.min(1, s / reach)));
  series(index).forEach((each, place) => {
    const k = place + 1;
    const factor = Math.cos(k * at) - Math.cos((k * Math.PI) / 2);
    each.forEach((coefficient, i) => {
      const column = out[i];
      if (typeof coefficient === "number") {
        const shift = coefficient * factor;
        if (shift) for (let p = 0; p < column.length; p++) column[p] += shift;
      } else {
        for (let p = 0; p < column.length; p++) column[p] += factor * coefficient[p];
      }
    });
  });
  return out;
}

// Least and largest value of every coordinate while the datum moves along a generator.
function extent(index) {
  return cached(`extent ${index}`, () => {
    const reach = scene.generators[index].reach;
    const ranges = scene.names.map((_, i) => [scene.lower[i], scene.upper[i]]);
    for (const share of [-1, -0.5, 0, 0.5, 1]) {
      movedTo(index, share * reach).forEach((column, i) => {
        for (const value of column) {
          if (value < ranges[i][0]) ranges[i][0] = value;
          if (value > ranges[i][1]) ranges[i][1] = value;
        }
      });
    }
    return ranges;
  });
}
