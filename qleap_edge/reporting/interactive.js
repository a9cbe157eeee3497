// Draws every plot of the page and connects its slider. `data-drawn` on the root element counts the plots that were drawn.
"use strict";
const touch = matchMedia("(pointer: coarse)").matches; // there a finger on a plot scrolls the page
const narrow = matchMedia("(max-width: 640px)").matches; // there the buttons would cover the legend
const settings = {
  responsive: true, displaylogo: false, displayModeBar: narrow ? false : "hover",
  // plotly's own button "Share chart..." would send a recording of a person to a server: it is removed, and so is the address
  plotlyServerURL: "", modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"],
};
const root = document.documentElement;

function connectPlayer(plot) {
  const div = document.getElementById(plot.name);
  const moment = document.getElementById(plot.name + "-moment");
  const button = document.getElementById(plot.name + "-play");
  const label = document.getElementById(plot.name + "-label");
  let playing = false, run = 0, drawing = false, moved = false;
  const show = async () => {
    moved = true;
    if (drawing) { return; } // the moment that is asked for last is drawn when this one is done
    drawing = true;
    while (moved) {
      moved = false;
      const frame = plot.frames[Number(moment.value)];
      label.textContent = frame.label;
      moment.setAttribute("aria-valuetext", frame.label);
      await Plotly.animate(div, { data: frame.traces, traces: frame.traces.map((_, index) => index) }, {
        mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: true },
      });
    }
    drawing = false;
  };
  const last = plot.frames.length - 1;
  const setPlaying = (on) => { playing = on; button.textContent = on ? "Pause" : "Play"; };
  const play = async () => {
    const mine = ++run; // a pause and a new start within one moment must not leave two players
    setPlaying(true);
    if (Number(moment.value) >= last) { moment.value = 0; }
    await show();
    while (playing && mine === run && Number(moment.value) < last) {
      await new Promise((done) => setTimeout(done, 1000 * plot.frames[Number(moment.value)].seconds));
      if (!playing || mine !== run) { return; }
      moment.value = Number(moment.value) + 1;
      await show();
    }
    if (mine === run) { setPlaying(false); }
  };
  moment.addEventListener("input", () => { setPlaying(false); show(); });
  button.addEventListener("click", () => { if (playing) { setPlaying(false); } else { play(); } });
}

async function drawAll(plots) { // one after the other, so that the first can be read while the last are drawn
  let drawn = 0;
  for (const plot of plots) {
    const div = document.getElementById(plot.name);
    if (touch) { plot.layout.dragmode = false; }
    try {
      await Plotly.newPlot(div, plot.data, plot.layout, settings);
      if (div.querySelector(".no-webgl")) { // plotly's own notice would open a page of the network at a touch
        Plotly.purge(div);
        throw new Error("this browser has no WebGL");
      }
      if (plot.frames.length) { connectPlayer(plot); }
      drawn += 1;
      root.dataset.drawn = String(drawn);
    } catch (problem) {
      console.error(plot.name, problem);
      const words = document.createElement("p");
      words.className = "undrawn";
      words.textContent = "This browser could not draw the plot; the text and the tables are complete without it.";
      div.replaceChildren(words);
      div.style.height = "auto";
      document.getElementById(plot.name + "-play")?.parentElement.remove();
    }
    await new Promise((done) => setTimeout(done));
  }
}
drawAll(JSON.parse(document.getElementById("plots").textContent));
// A print is made at once, so the plots must not wait for the timer of their own resizing.
const paperWidth = 680; // pixels between the margins of A4 and of US Letter
const relayoutAll = (change) => { for (const div of document.querySelectorAll(".js-plotly-plot")) { Plotly.relayout(div, change); } };
addEventListener("beforeprint", () => relayoutAll({ autosize: false, width: paperWidth }));
addEventListener("afterprint", () => relayoutAll({ autosize: true, width: null }));
