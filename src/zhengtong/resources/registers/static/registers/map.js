/* A map of one layer, beside a list that says the same. Fed by the OGC API of the node; without WebGL the list stays. */
(function () {
  "use strict";
  const box = document.getElementById("map");
  if (!box || !window.maplibregl) return;
  const say = JSON.parse(document.getElementById("map-words").textContent);
  const list = document.getElementById("map-list");
  const status = document.getElementById("map-status");
  const first = JSON.parse(document.getElementById("map-first").textContent);
  const settings = box.dataset;
  const EMPTY = { type: "FeatureCollection", features: [] };
  const EVERY = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

  maplibregl.setWorkerUrl(settings.worker);
  let map;
  try {
    map = new maplibregl.Map({
      container: box, style: style(), center: [104, 35], zoom: 3, maxZoom: 18, attributionControl: false,
      dragRotate: false, cooperativeGestures: window.matchMedia("(pointer: coarse)").matches, pitchWithRotate: false, fadeDuration: 0, locale: say.controls,
    });
  } catch (error) {
    box.hidden = true;
    status.textContent = say.noWebGL;
    return;
  }
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-left");
  map.on("load", function () {
    show(first);
    fit(first.features);
    grid();
    map.on("moveend", function (event) {
      grid();
      if (event.originalEvent || event.asked) fetchSeen();
    });
    ["places", "shapes"].forEach(function (layer) {
      map.on("click", layer, (event) => choose(event.features[0].properties._key, true));
      map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
      map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
    });
    box.dataset.ready = "1";
  });

  function style() {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const brand = colour("--blue-700"), chosen = colour("--amber-700"), line = colour("--line-strong");
    const is = ["boolean", ["feature-state", "chosen"], false];
    const sources = {
      grid: { type: "geojson", data: EMPTY }, records: { type: "geojson", data: EMPTY, promoteId: "_key" },
    };
    const layers = [{ id: "ground", type: "background", paint: { "background-color": colour("--blue-50") } }];
    if (settings.tiles) {
      sources.base = { type: "raster", tiles: [settings.tiles], tileSize: 256 };
      layers.push({ id: "base", type: "raster", source: "base" });
    }
    layers.push(
      { id: "grid", type: "line", source: "grid", paint: { "line-color": line, "line-width": 0.5, "line-opacity": 0.5 } },
      { id: "shapes", type: "fill", source: "records", filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": ["case", is, chosen, brand], "fill-opacity": 0.35 } },
      { id: "edges", type: "line", source: "records", filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "line-color": ["case", is, chosen, brand], "line-width": ["case", is, 3, 1.5] } },
      { id: "places", type: "circle", source: "records", filter: ["==", ["geometry-type"], "Point"],
        paint: { "circle-radius": ["case", is, 10, 7], "circle-color": ["case", is, chosen, brand],
          "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } },
    );
    return { version: 8, sources: sources, layers: layers };
  }

  /* Meridians and parallels, as many as there is room for: the ground where no base map is set. */
  function grid() {
    const b = map.getBounds(), width = Math.max(b.getEast() - b.getWest(), 1e-6);
    const step = EVERY.find((one) => width / one >= 4) || EVERY[EVERY.length - 1];
    const lines = [];
    for (let x = Math.floor(b.getWest() / step) * step; x <= b.getEast(); x += step) {
      lines.push([[x, Math.max(b.getSouth(), -85)], [x, Math.min(b.getNorth(), 85)]]);
    }
    for (let y = Math.floor(b.getSouth() / step) * step; y <= b.getNorth(); y += step) {
      lines.push([[b.getWest(), y], [b.getEast(), y]]);
    }
    map.getSource("grid").setData({ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } });
  }

  let asked = 0;
  async function fetchSeen() {
    const b = map.getBounds(), mine = ++asked;
    const clamp = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(6);
    const address = new URL(settings.items, window.location.href);
    address.searchParams.set("bbox", [
      clamp(b.getWest(), 180), clamp(b.getSouth(), 90), clamp(b.getEast(), 180), clamp(b.getNorth(), 90),
    ].join(","));
    address.searchParams.set("limit", settings.limit);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/geo+json" }, credentials: "same-origin" });
      const found = await answer.json();
      if (mine !== asked) return;
      if (!answer.ok) { status.textContent = found.detail || say.failed; return; }
      show(found);
      write(found);
    } catch (error) {
      if (mine === asked) status.textContent = say.failed;
    }
  }

  function show(found) {
    const features = found.features.filter((one) => one.geometry).map(function (one) {
      return { type: "Feature", geometry: one.geometry, properties: { ...one.properties, _key: one.id } };
    });
    map.getSource("records").setData({ type: "FeatureCollection", features: features });
  }

  function write(found) {
    list.replaceChildren(...found.features.map(row));
    const more = (found.links || []).some((link) => link.rel === "next");
    status.textContent = (found.features.length ? say.count.replace("%s", found.features.length) : say.none) + (more ? say.more : "");
  }

  function row(one) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "map-list__row";
    button.dataset.key = one.id;
    const names = settings.title.split(",");
    const title = names.map((name) => one.properties[name]).filter(Boolean).join(" ");
    button.lang = "zh";
    const name = document.createElement("span");
    name.textContent = title || one.id;
    button.append(name);
    const more = document.createElement("span");
    more.className = "muted small";
    more.textContent = settings.detail.split(",").map((name) => one.properties[name]).filter(Boolean).join(" · ");
    if (one.properties._is_synthetic) {
      const mark = document.createElement("span");
      mark.lang = document.documentElement.lang;
      mark.textContent = say.synthetic;
      more.append(" · ", mark);
    }
    button.append(more);
    button.dataset.at = JSON.stringify(extent([one]));
    item.append(button);
    return item;
  }

  list.addEventListener("click", function (event) {
    const button = event.target.closest("button[data-key]");
    if (button) choose(button.dataset.key, false);
  });

  let chosen = null;
  function choose(key, scroll) {
    if (chosen) map.setFeatureState({ source: "records", id: chosen }, { chosen: false });
    chosen = key;
    map.setFeatureState({ source: "records", id: key }, { chosen: true });
    list.querySelectorAll("button[data-key]").forEach(function (one) {
      const is = one.dataset.key === key;
      one.setAttribute("aria-pressed", is ? "true" : "false");
      if (is && scroll) { one.scrollIntoView({ block: "nearest" }); one.focus({ preventScroll: true }); }
      if (is && !scroll) {
        const at = JSON.parse(one.dataset.at || "null");
        if (at) map.fitBounds(at, { maxZoom: Math.max(map.getZoom(), 12), padding: 60, animate: false });
      }
    });
  }

  function extent(features) {
    const found = [[Infinity, Infinity], [-Infinity, -Infinity]];
    const walk = function (part) {
      if (typeof part[0] !== "number") { part.forEach(walk); return; }
      found[0] = [Math.min(found[0][0], part[0]), Math.min(found[0][1], part[1])];
      found[1] = [Math.max(found[1][0], part[0]), Math.max(found[1][1], part[1])];
    };
    features.forEach((one) => { if (one.geometry) walk(one.geometry.coordinates); });
    return Number.isFinite(found[0][0]) ? found : null;
  }

  function fit(features) {
    const all = extent(features);
    if (all) map.fitBounds(all, { padding: 50, maxZoom: 14, animate: false });
    list.querySelectorAll("button[data-key]").forEach(function (one) {
      const feature = features.find((f) => f.id === one.dataset.key);
      one.dataset.at = JSON.stringify(feature ? extent([feature]) : null);
    });
  }
})();
