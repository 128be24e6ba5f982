/* Draws the charts of a page about several plans. Their options are plain data; nothing is read as HTML. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("report-data").textContent);
  const FONT = getComputedStyle(document.body).fontFamily;

  function tip(point) {
    const box = document.createElement("div");
    box.className = "tip";
    box.textContent = point.name;
    return box;
  }

  function draw(name, option) {
    const holder = document.getElementById("chart-" + name);
    const chart = echarts.init(holder, null, { renderer: "svg" });
    chart.setOption({
      animation: false, textStyle: { fontFamily: FONT }, tooltip: { confine: true, formatter: tip }, ...option,
    });
    return chart;
  }

  try {
    const charts = Object.entries(data).map(([name, option]) => draw(name, option));
    const resize = () => charts.forEach((chart) => chart.resize());
    window.addEventListener("resize", resize);
    window.addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize({ width: 690 })));
    window.addEventListener("afterprint", resize);
  } catch (fault) {
    document.getElementById("draw-failed").hidden = false;
    console.error(fault);
  }
})();
