/* Draws the charts of a page about several plans. Their options are plain data; nothing is read as HTML. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("report-data").textContent);
  const { element } = PageTables;
  const SCALE_WIDTH = 160;
  const FONT = getComputedStyle(document.body).fontFamily;

  function tip(point) {
    const box = document.createElement("div");
    box.className = "tip";
    const told = point.data && point.data.tip;
    if (!told) box.textContent = point.name;
    else box.append(element("b", told[0]), ...told[1].map((line) => element("div", line)));
    return box;
  }

  /* ---- Maps: a frame in km, areas to shade, no tiles ---- */

  function region(name, rings) {
    const coordinates = rings.map((ring) => [ring]);
    return { type: "Feature", properties: { name }, geometry: { type: "MultiPolygon", coordinates } };
  }

  function mapped(name, option) {
    if (!option.geo || !option.geo.frame) return option;
    const { frame: [w, s, e, n], areas, regions, unit, ...place } = option.geo;
    const ring = [[w, s], [e, s], [e, n], [w, n], [w, s]];
    const features = [region(" ", [ring]), ...areas.map((area) => region(area.name, area.rings))];
    echarts.registerMap("plane-" + name, { type: "FeatureCollection", features });
    const geo = {
      map: "plane-" + name, roam: "move", aspectScale: 1, preserveAspect: "contain", silent: true,
      scaleLimit: { min: 0.7, max: 60 }, itemStyle: { areaColor: "transparent", borderColor: "transparent" },
      emphasis: { disabled: true }, select: { disabled: true }, label: { show: false }, regions, ...place,
    };
    return { ...option, geo };
  }

  function zoomable(chart, holder, unit) {
    const scale = element("div", "", { class: "scale" });
    const controls = element("div", "", { class: "zoom" });
    const measure = () => {
      const pixels = chart.convertToPixel("geo", [1, 0])[0] - chart.convertToPixel("geo", [0, 0])[0];
      if (!(pixels > 0)) return;
      const power = 10 ** Math.floor(Math.log10(SCALE_WIDTH / pixels));
      const km = [5, 2, 1].map((k) => k * power).find((k) => k * pixels <= SCALE_WIDTH);
      scale.style.width = km * pixels + "px";
      scale.textContent = `${km >= 1 ? km : km.toPrecision(1)} ${unit}`;
    };
    const zoom = (factor) => () => {
      const now = chart.getOption().geo[0].zoom || 1;
      chart.setOption({ geo: factor ? { zoom: Math.min(60, Math.max(0.7, now * factor)) } : { zoom: 1, center: null } });
      chart.dispatchAction({ type: "hideTip" });
      measure();
    };
    for (const [sign, factor] of [["+", 1.6], ["−", 1 / 1.6], ["⟲", 0]]) {
      const button = element("button", sign, { type: "button", "aria-label": sign });
      button.addEventListener("click", zoom(factor));
      controls.append(button);
    }
    holder.append(scale, controls);
    chart.on("georoam", measure);
    /* The wheel zooms only after a click into the map, so that the page can be scrolled past it. */
    chart.getZr().on("mousedown", () => chart.setOption({ geo: { roam: true } }));
    holder.addEventListener("mouseleave", () => chart.setOption({ geo: { roam: "move" } }));
    measure();
    return measure;
  }

  function draw(name, option) {
    const holder = document.getElementById("chart-" + name);
    const unit = option.geo && option.geo.frame ? option.geo.unit : null;
    const chart = echarts.init(holder, null, { renderer: unit === null ? "svg" : "canvas" });
    chart.setOption({
      animation: false, textStyle: { fontFamily: FONT }, tooltip: { confine: true, formatter: tip }, ...mapped(name, option),
    });
    const measure = unit === null ? () => {} : zoomable(chart, holder, unit);
    return { resize(size) { chart.resize(size); measure(); } };
  }

  PageTables.start(data.text, data.lang);
  try {
    const charts = Object.entries(data.charts).map(([name, option]) => draw(name, option));
    const resize = () => charts.forEach((chart) => chart.resize());
    window.addEventListener("resize", resize);
    window.addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize({ width: 690 })));
    window.addEventListener("afterprint", resize);
  } catch (fault) {
    document.getElementById("draw-failed").hidden = false;
    console.error(fault);
  }
})();
