/* Draws the charts of the report.
   User text reaches the page through textContent only. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("report-data").textContent);
  const text = data.text;
  const INK = "#1f2933", MUTED = "#55616e", LINE = "#d3dae0", AFTER = "#1d4e6b";
  const GOOD = "#0b7a66", BAD = "#b3401e", ROUTE = "#3d5368";
  const FONT = getComputedStyle(document.body).fontFamily;
  const PRINT_WIDTH = 690, SCALE_WIDTH = 160, BEND = 0.18;

  const { element, fill, count } = PageTables;

  /* ---- Charts ---- */

  const charts = [];

  function start(name, alt, renderer) {
    const holder = document.getElementById("chart-" + name);
    if (!holder) return null;
    holder.setAttribute("aria-label", alt);
    const chart = echarts.init(holder, null, { renderer: renderer || "svg" });
    return { holder, chart };
  }

  function watch(place, draw) {
    draw();
    charts.push({ chart: place.chart, holder: place.holder, draw });
  }

  function tip(title, lines) {
    const box = element("div", null, { class: "tip" });
    box.append(element("b", title), ...lines.map((line) => element("div", line)));
    return box;
  }

  const axisText = { color: MUTED, fontFamily: FONT, fontSize: 12 };

  function drawBalance() {
    const place = data.cv.length ? start("cv", text.cv_alt) : null;
    if (!place) return;
    watch(place, () => {
      const narrow = place.holder.clientWidth < 720;
      const height = narrow ? 330 * data.cv.length : 340;
      place.holder.style.height = height + "px";
      place.chart.resize();
      place.chart.setOption(balanceOption(narrow), true);
    });
  }

  function balanceOption(narrow) {
    const option = {
      animation: false, textStyle: { fontFamily: FONT }, grid: [], xAxis: [], yAxis: [], series: [], title: [],
      tooltip: { confine: true, formatter: (p) => tip(p.data.label, p.data.lines) },
    };
    const share = 100 / data.cv.length;
    data.cv.forEach((part, k) => {
      const left = narrow ? 0 : k * share, top = narrow ? k * 330 : 0;
      const values = part.rows.flatMap((row) => row.slice(1, 3)).filter((v) => v !== null);
      const most = Math.ceil(Math.max(part.limit * 1.25, ...values.map((v) => v * 1.08)) * 5) / 5;
      option.title.push({ text: part.stage, left: left + "%", top, textStyle: { fontSize: 14, color: INK, fontFamily: FONT } });
      option.grid.push({
        left: `${left}%`, width: narrow ? "95%" : `${share - 3}%`, top: top + 46, height: 250, containLabel: true,
      });
      option.xAxis.push({
        gridIndex: k, min: 0, max: most, axisLabel: axisText, splitLine: { lineStyle: { color: "#e8edf1" } },
      });
      option.yAxis.push({
        gridIndex: k, type: "category", inverse: true, data: part.rows.map((row) => row[0]),
        axisLabel: { ...axisText, color: INK }, axisTick: { show: false }, axisLine: { lineStyle: { color: LINE } },
      });
      option.series.push(...balanceSeries(part, k));
    });
    return option;
  }

  function balanceSeries(part, k) {
    const points = (at) => part.rows.map((row, y) => ({
      value: [row[at], y], label: row[0], written: row[at + 2],
      lines: [`${text.before} ${row[3]}`, `${text.after} ${row[4]}`, `${text.limit} ${part.limit.toFixed(2)}`],
      itemStyle: at === 1 ? null : { color: row[2] <= part.limit ? GOOD : BAD, opacity: 1 },
      symbol: at === 2 && row[2] > part.limit ? "diamond" : "circle",
      ...(at === 2 ? { label: { position: row[1] !== null && row[2] < row[1] ? "left" : "right" } } : {}),
    })).filter((point) => point.value[0] !== null);
    const limit = {
      silent: true, symbol: "none", data: [{ xAxis: part.limit }],
      lineStyle: { color: INK, type: "dashed", width: 1.5 },
      label: { formatter: `${text.limit} ${part.limit.toFixed(2)}`, color: INK, fontFamily: FONT, position: "start" },
    };
    const shared = { type: "scatter", xAxisIndex: k, yAxisIndex: k };
    return [
      { type: "custom", xAxisIndex: k, yAxisIndex: k, silent: true, data: part.rows.filter((row) => row[1] !== null && row[2] !== null)
        .map((row) => [row[1], row[2], part.rows.indexOf(row)]), renderItem: joinPoints, encode: { x: [0, 1], y: 2 } },
      { ...shared, data: points(1), symbolSize: 13, itemStyle: { color: "#fff", borderColor: MUTED, borderWidth: 2, opacity: 1 }, markLine: limit },
      { ...shared, data: points(2), symbolSize: 13, z: 3,
        label: { show: true, formatter: (p) => p.data.written, color: INK, fontFamily: FONT, fontSize: 11, backgroundColor: "rgba(255, 255, 255, 0.85)", padding: [1, 2] } },
    ];
  }

  function joinPoints(params, api) {
    const a = api.coord([api.value(0), api.value(2)]), b = api.coord([api.value(1), api.value(2)]);
    return { type: "line", shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: "#9aa7b4", lineWidth: 3 } };
  }

  function drawBars(name, rows, alt) {
    const place = rows.length ? start(name, alt) : null;
    if (!place) return;
    watch(place, () => { place.chart.resize(); place.chart.setOption(barsOption(rows, place.holder.clientWidth), true); });
  }

  function barsOption(rows, width) {
    const series = (label, at, style) => ({
      name: label, type: "bar", data: rows.map((row) => row[at]), barMaxWidth: 9, barGap: "15%", itemStyle: style,
      label: { show: true, position: "right", color: MUTED, fontFamily: FONT, fontSize: 11, formatter: (p) => count(p.value) },
    });
    return {
      animation: false, textStyle: { fontFamily: FONT },
      legend: { top: 0, right: 0, itemWidth: 16, itemHeight: 9, textStyle: axisText },
      grid: { left: 0, right: 36, top: 30, bottom: 4, containLabel: true },
      xAxis: { type: "value", minInterval: 1, axisLabel: axisText, splitLine: { lineStyle: { color: "#e8edf1" } } },
      yAxis: {
        type: "category", inverse: true, data: rows.map((row) => row[0]), axisTick: { show: false },
        axisLine: { lineStyle: { color: LINE } },
        axisLabel: { ...axisText, color: INK, width: Math.min(210, width * 0.42), overflow: "truncate" },
      },
      tooltip: {
        confine: true,
        formatter: (p) => tip(rows[p.dataIndex][0], [`${text.before} ${count(rows[p.dataIndex][1])}`, `${text.after} ${count(rows[p.dataIndex][2])}`]),
      },
      series: [
        series(text.before, 1, { color: "#fff", borderColor: MUTED, borderWidth: 1.2 }),
        series(text.after, 2, { color: AFTER, borderColor: AFTER, borderWidth: 1.2 }),
      ],
    };
  }

  /* ---- Map ---- */

  function drawMap() {
    const plane = data.map;
    const place = plane.schools.length ? start("map", text.map_alt, "canvas") : null;
    if (!place) return;
    const choice = { stage: "", subject: "", school: null };
    const scale = element("div", "", { class: "scale" });
    place.holder.append(scale);
    echarts.registerMap("plane", frame(plane.schools));
    const bar = () => drawScale(place.chart, scale);
    const status = mapControls(place, choice, () => redraw());

    function redraw() {
      const routes = plane.routes.filter((r) =>
        (choice.stage === "" || r[2] === Number(choice.stage)) &&
        (choice.subject === "" || r[3] === Number(choice.subject)) &&
        (choice.school === null || r[0] === choice.school || r[1] === choice.school));
      place.chart.setOption({ series: mapSeries(plane, routes, choice.school, 1 / pixelsAKm(place.chart)) });
      status.textContent = fill(text.map_shown, { count: count(routes.reduce((sum, r) => sum + r[4], 0)) });
    }

    place.chart.setOption(mapOption());
    place.chart.on("click", (p) => {
      if (p.seriesId !== "schools") return;
      choice.school = choice.school === p.dataIndex ? null : p.dataIndex;
      redraw();
    });
    let waiting = 0;
    const rescale = () => { bar(); clearTimeout(waiting); waiting = setTimeout(redraw, 120); };
    place.chart.on("georoam", rescale);
    place.holder.addEventListener("rescale", rescale);
    /* The wheel zooms only after a click into the map, so that the page can be scrolled past it. */
    place.chart.getZr().on("mousedown", () => place.chart.setOption({ geo: { roam: true } }));
    place.holder.addEventListener("mouseleave", () => place.chart.setOption({ geo: { roam: "move" } }));
    watch(place, () => { place.chart.resize(); bar(); redraw(); });
  }

  function frame(schools) {
    const xs = schools.map((s) => s.xy[0]), ys = schools.map((s) => s.xy[1]);
    const least = (list) => list.reduce((a, b) => Math.min(a, b)), most = (list) => list.reduce((a, b) => Math.max(a, b));
    const margin = Math.max(0.5, 0.03 * Math.max(most(xs) - least(xs), most(ys) - least(ys)));
    const [w, e, s, n] = [least(xs) - margin, most(xs) + margin, least(ys) - margin, most(ys) + margin];
    const ring = [[w, s], [e, s], [e, n], [w, n], [w, s]];
    return { type: "FeatureCollection", features: [{ type: "Feature", properties: { name: "" }, geometry: { type: "Polygon", coordinates: [ring] } }] };
  }

  function mapOption() {
    return {
      animation: false, textStyle: { fontFamily: FONT },
      geo: {
        map: "plane", roam: "move", aspectScale: 1, preserveAspect: "contain", silent: true, left: 24, right: 24, top: 16, bottom: 40,
        scaleLimit: { min: 0.7, max: 60 }, itemStyle: { areaColor: "transparent", borderColor: "transparent" },
        emphasis: { disabled: true }, select: { disabled: true }, label: { show: false },
      },
      tooltip: { confine: true, formatter: (p) => (p.data.tip ? tip(p.data.tip[0], p.data.tip[1]) : "") },
    };
  }

  function mapSeries(plane, routes, chosen, kmAPixel) {
    const into = new Map(), out = new Map();
    for (const [from, to, , , n] of routes) {
      into.set(to, (into.get(to) || 0) + n);
      out.set(from, (out.get(from) || 0) + n);
    }
    const touched = new Set([...into.keys(), ...out.keys()]);
    const largest = plane.schools.reduce((most, s) => Math.max(most, s.pupils || 0), 1);
    const smallest = plane.schools.length > 300 ? 4 : 6;
    const points = plane.schools.map((school, k) => {
      const gain = (into.get(k) || 0) - (out.get(k) || 0);
      const lines = [school.id, fill(text.map_tip, { in: into.get(k) || 0, out: out.get(k) || 0 })];
      if (school.pupils !== null) lines.push(`${count(school.pupils)} ${text.pupils_unit}`);
      return {
        value: school.xy, tip: [school.name, lines], ...schoolLook(gain),
        symbolSize: smallest + 2.5 * smallest * Math.sqrt((school.pupils || 0) / largest),
        itemStyle: { ...schoolLook(gain).itemStyle, opacity: chosen === null || touched.has(k) || k === chosen ? 0.92 : 0.18 },
      };
    });
    return [
      { id: "towns", type: "scatter", coordinateSystem: "geo", silent: true, symbolSize: 1, itemStyle: { color: "transparent" }, z: 2,
        data: plane.towns.map((town) => ({ value: town.xy, name: town.name })),
        label: { show: true, formatter: (p) => p.name, color: MUTED, fontSize: 12, fontFamily: FONT, position: "bottom", distance: 8, textBorderColor: "#fff", textBorderWidth: 3 },
        labelLayout: { hideOverlap: true } },
      { id: "schools", type: "scatter", coordinateSystem: "geo", data: points, z: 3, cursor: "pointer" },
      { id: "routes", type: "lines", coordinateSystem: "geo", z: 4, symbol: ["none", "arrow"], symbolSize: 7,
        data: routeLines(plane, routes, points, kmAPixel), emphasis: { lineStyle: { color: "#c2570c", opacity: 1 } } },
    ];
  }

  function schoolLook(gain) {
    if (gain > 0) return { symbol: "triangle", itemStyle: { color: GOOD, borderColor: "#fff", borderWidth: 1 } };
    if (gain < 0) return { symbol: "triangle", symbolRotate: 180, itemStyle: { color: "#c98a1b", borderColor: "#fff", borderWidth: 1 } };
    return { symbol: "circle", itemStyle: { color: "#fff", borderColor: "#8f9ba7", borderWidth: 1.3 } };
  }

  function routeLines(plane, routes, points, kmAPixel) {
    const merged = new Map();
    for (const [from, to, stage, subject, n] of routes) {
      const key = `${from}-${to}-${stage}`;
      if (!merged.has(key)) merged.set(key, { from, to, stage, n: 0, subjects: new Map() });
      const route = merged.get(key);
      route.n += n;
      route.subjects.set(subject, (route.subjects.get(subject) || 0) + n);
    }
    const faint = Math.max(0.28, 0.8 - merged.size / 900);
    return Array.from(merged.values(), (route) => {
      const a = plane.schools[route.from], b = plane.schools[route.to];
      const subjects = Array.from(route.subjects, ([s, n]) => `${plane.subjects[s]} ${n}`).join(", ");
      return {
        coords: shortened(a.xy, b.xy, points[route.from].symbolSize, points[route.to].symbolSize, kmAPixel), tip: [`${a.name} → ${b.name}`, [`${data.stages[route.stage]}: ${subjects}`]],
        lineStyle: { color: ROUTE, opacity: faint, width: Math.min(5, 0.9 + 0.6 * route.n), curveness: BEND, type: route.stage === 1 ? "dashed" : "solid" },
      };
    });
  }

  /* Arcs end beside the points, so that arrowheads are seen; an arc leaves and arrives at an angle to the straight line. */
  function shortened(a, b, sizeA, sizeB, kmAPixel) {
    const dx = b[0] - a[0], dy = b[1] - a[1], length = Math.hypot(dx, dy);
    const cutA = (sizeA / 2) * kmAPixel, cutB = (sizeB / 2 + 3) * kmAPixel;
    if (length <= 2 * (cutA + cutB)) return [a, b];
    const at = (from, cut, sign, bend) => {
      const ux = (sign * dx) / length, uy = (sign * dy) / length;
      return [from[0] + cut * (ux - bend * uy), from[1] + cut * (uy + bend * ux)];
    };
    return [at(a, cutA, 1, 2 * BEND), at(b, cutB, -1, -2 * BEND)];
  }

  function pixelsAKm(chart) {
    return chart.convertToPixel("geo", [1, 0])[0] - chart.convertToPixel("geo", [0, 0])[0];
  }

  function drawScale(chart, box) {
    const pixels = pixelsAKm(chart);
    if (!(pixels > 0)) return;
    const power = 10 ** Math.floor(Math.log10(SCALE_WIDTH / pixels));
    const km = [5, 2, 1].map((n) => n * power).find((n) => n * pixels <= SCALE_WIDTH);
    box.style.width = km * pixels + "px";
    box.textContent = `${km >= 1 ? km : km.toPrecision(1)} ${text.km_unit}`;
  }

  function mapControls(place, choice, redraw) {
    const controls = document.getElementById("map-controls");
    const status = element("span", "", { class: "count", role: "status" });
    const names = data.map.schools.map((s) => (s.name === s.id ? s.id : `${s.name} (${s.id})`));
    const box = element("input", null, { type: "search", list: "map-schools", placeholder: text.search_schools });
    const list = element("datalist", null, { id: "map-schools" });
    list.append(...names.map((name) => element("option", null, { value: name })));
    box.addEventListener("input", () => {
      const found = names.indexOf(box.value);
      if (found < 0 && choice.school === null) return;
      choice.school = found < 0 ? null : found;
      redraw();
    });
    const stage = selector(text.filter_stage, data.stages, (value) => { choice.stage = value; redraw(); });
    const subject = selector(text.filter_subject, data.map.subjects, (value) => { choice.subject = value; redraw(); });
    const zoom = (sign, factor) => {
      const button = element("button", sign, { type: "button", "aria-label": sign });
      button.addEventListener("click", () => {
        const now = place.chart.getOption().geo[0].zoom || 1;
        place.chart.setOption({ geo: { zoom: Math.min(60, Math.max(0.7, now * factor)) } });
        place.chart.dispatchAction({ type: "hideTip" });
        place.holder.dispatchEvent(new Event("rescale"));
      });
      return button;
    };
    const reset = element("button", text.map_reset, { type: "button" });
    reset.addEventListener("click", () => {
      Object.assign(choice, { stage: "", subject: "", school: null });
      for (const select of controls.querySelectorAll("select")) select.value = "";
      box.value = "";
      place.chart.setOption({ geo: { zoom: 1, center: null } });
      place.holder.dispatchEvent(new Event("rescale"));
    });
    controls.append(stage, subject, box, list, zoom("+", 1.6), zoom("−", 1 / 1.6), reset, status, mapKey());
    return status;
  }

  function selector(label, options, changed) {
    const select = element("select");
    select.append(element("option", text.filter_all, { value: "" }));
    options.forEach((option, k) => select.append(element("option", option, { value: k })));
    select.addEventListener("change", () => changed(select.value));
    const holder = element("label", label);
    holder.append(select);
    return holder;
  }

  function mapKey() {
    const key = element("span", null, { class: "key" });
    for (const [sign, colour, label] of [["▲", GOOD, text.map_gain], ["▼", "#c98a1b", text.map_loss], ["○", "#76838f", text.map_even]]) {
      const entry = element("span"), mark = element("i", sign);
      mark.style.color = colour;
      entry.append(mark, label);
      key.append(entry);
    }
    return key;
  }

  /* ---- Why ---- */

  function explainMoves() {
    const controls = document.getElementById("why-controls");
    if (!controls) return;
    const answer = document.getElementById("why-answer"), section = document.getElementById("why");
    const moves = new Map(data.why.moves.map((move) => [move[0], move]));
    const box = element("input", null, { type: "search", list: "why-teachers", placeholder: text.search_why });
    const label = element("label", text.why_teacher), list = element("datalist", null, { id: "why-teachers" });
    const print = element("button", text.why_print, { type: "button", disabled: "" });
    list.append(...data.why.moves.map(([code, name, title]) => element("option", `${name} ${title}`.trim(), { value: code })));
    label.append(box, list);
    controls.append(label, print);
    answer.append(element("p", text.why_hint, { class: "nothing" }));

    function show(code) {
      const move = moves.get(code);
      section.classList.toggle("chosen", Boolean(move));
      print.disabled = !move;
      if (!move) {
        answer.replaceChildren(element("p", code ? fill(text.why_missing, { code }) : text.why_hint, { class: "nothing" }));
        return;
      }
      const [, name, title, because, stays] = move;
      const bullets = (lines) => { const made = element("ul"); made.append(...lines.map((line) => element("li", line))); return made; };
      answer.replaceChildren(element("h3", name ? `${code} ${name}` : code), element("p", title), element("h4", text.why_because), bullets(because));
      if (stays.length) answer.append(element("h4", data.why.stays), bullets(stays));
    }

    function choose(code) { box.value = code; show(code); }

    function fromAddress() {
      const code = decodeURIComponent(location.hash.startsWith("#why=") ? location.hash.slice(5) : "");
      if (code) { choose(code); section.scrollIntoView(); }
    }

    box.addEventListener("input", () => show(box.value.trim()));
    print.addEventListener("click", () => { document.body.classList.add("only-why"); window.print(); });
    window.addEventListener("afterprint", () => document.body.classList.remove("only-why"));
    window.addEventListener("hashchange", fromAddress);
    document.querySelectorAll("#table-moves tbody th").forEach((cell) => {
      const code = cell.textContent;
      const link = element("a", code, { href: "#why=" + encodeURIComponent(code), title: text.why_hint });
      if (moves.has(code)) cell.replaceChildren(link);
    });
    fromAddress();
  }

  /* ---- Start ---- */

  PageTables.start(text, data.lang);
  explainMoves();
  try {
    drawMap();
    drawBalance();
    drawBars("staffing", data.staffing.subjects, text.staffing_alt);
    drawBars("top", data.staffing.top, text.staffing_top_alt);
  } catch (problem) {
    document.getElementById("draw-failed").hidden = false;
    throw problem;
  }
  const redrawAll = () => charts.forEach((entry) => entry.draw());
  const setWidth = (width) => charts.forEach((entry) => { entry.holder.style.width = width; });
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(redrawAll, 150); });
  window.addEventListener("beforeprint", () => { setWidth(PRINT_WIDTH + "px"); redrawAll(); });
  window.addEventListener("afterprint", () => { setWidth(""); redrawAll(); });
})();
