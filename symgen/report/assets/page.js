// The page around the stage: light and dark, print, copying; and the start.

const THEMES = ["auto", "light", "dark"];
function setTheme(name) {
  const root = document.documentElement;
  if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
  const button = byId("theme");
  button.dataset.now = name;
  button.textContent = { auto: "Light or dark: automatic", light: "Light", dark: "Dark" }[name];
  queue();
}

byId("theme").hidden = false;
byId("theme").addEventListener("click", () => {
  setTheme(THEMES[(THEMES.indexOf(byId("theme").dataset.now || "auto") + 1) % THEMES.length]);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", queue);

document.querySelectorAll("button.copy").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = byId(button.dataset.of);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
});

// On paper nothing moves: every generator gets pictures at three values of s, in the light theme.
let paper = false;
function printGallery() {
  const place = byId("printed");
  if (paper || !place || scene.kind === "none" || !canvases.length) return;
  paper = true;
  play(false);
  document.documentElement.dataset.printing = "1";
  const colours = theme();
  draw(colours);
  const panel = panels[panels.length - (scene.kind === "image" || scene.kind === "curve" ? 1 : panels.length)];
  scene.generators.slice(0, 12).forEach((generator, index) => {
    const row = document.createElement("div"), heading = document.createElement("h3");
    row.className = `row ${panel.kind}`;
    heading.append(`V${index + 1}  `, ...[...document.querySelectorAll(`label[data-card="${index}"] .what`)].flatMap((part) => [...part.cloneNode(true).childNodes]));
    row.append(heading);
    for (const share of [-0.75, 0, 0.75]) {
      const figure = document.createElement("figure"), canvas = document.createElement("canvas"), caption = document.createElement("figcaption");
      const picture = panel.kind === "picture";
      Object.assign(canvas, { fixedWidth: picture ? 120 : 300, fixedHeight: picture ? 120 : panel.kind === "wide" ? 170 : 260 });
      const s = share * generator.reach;
      panel.draw(canvas, index, movedTo(index, s), colours);
      caption.textContent = s ? `s = ${s.toFixed(2).replace("-", "−")}` : "s = 0, the data";
      figure.append(canvas, caption);
      row.append(figure);
    }
    place.append(row);
  });
}
function endPrint() {
  if (!paper) return;
  paper = false;
  delete document.documentElement.dataset.printing;
  byId("printed").replaceChildren();
  queue();
}
addEventListener("beforeprint", printGallery);
addEventListener("afterprint", endPrint);

(async () => {
  if (scene.kind === "none" || !scene.generators.length) return;
  try {
    await unpack();
  } catch (error) {
    byId("no-stage").hidden = false;
    throw error;
  }
  byId("stage").hidden = false;
  buildStage();
  document.documentElement.dataset.ready = "1";
})();
