/* Draws what a table beside it says, too: <div data-chart="id of the figures" hidden></div>. Without the library, or
   without a script, the table alone is there. The figures: {kind, categories, series: [{name, values}]}; null: no figure. */
(function () {
  "use strict";
  if (!window.echarts) { return; }
  var tokens = getComputedStyle(document.documentElement);
  var colours = ["#0b57a4", "#b45309", "#0f766e", "#7c3aed", "#be123c", "#4b5563"];
  var shapes = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];
  var ink = tokens.getPropertyValue("--ink-soft").trim() || "#374151";

  function lowest(told) {
    var values = [].concat.apply([], told.series.map(function (one) { return one.values; }));
    var least = Math.min.apply(null, values.filter(function (value) { return value !== null; }));
    return Math.max(0, Math.floor((least - 2) / 5) * 5);
  }

  function option(told) {
    var isLine = told.kind === "line", isLying = !isLine && told.series.length < 2;
    var names = {
      type: "category", data: told.categories, boundaryGap: !isLine, inverse: isLying, axisTick: { show: false },
      axisLabel: { color: ink, hideOverlap: !isLying, interval: isLying ? 0 : "auto", width: 130, overflow: "truncate" }
    };
    var values = { type: "value", axisLabel: { color: ink }, min: isLine ? lowest(told) : 0, max: isLine ? 100 : null };
    return {
      animation: false,
      color: colours,
      textStyle: { fontFamily: tokens.fontFamily, color: ink },
      tooltip: { trigger: "axis", renderMode: "richText" },
      legend: { show: told.series.length > 1, top: 0, type: "scroll", textStyle: { color: ink } },
      grid: { left: 8, right: 16, top: told.series.length > 1 ? 40 : 16, bottom: 8, containLabel: true },
      xAxis: isLying ? values : names,
      yAxis: isLying ? names : values,
      series: told.series.map(function (one, place) {
        return {
          type: told.kind, name: one.name, data: one.values, stack: isLine || told.series.length < 2 ? null : "all",
          symbol: shapes[place % shapes.length], symbolSize: 8, connectNulls: true, barMaxWidth: 40
        };
      })
    };
  }

  document.querySelectorAll("[data-chart]").forEach(function (place) {
    var told = JSON.parse(document.getElementById(place.getAttribute("data-chart")).textContent);
    if (!told || !told.categories.length) { return; }
    place.hidden = false;
    if (told.series.length < 2) { place.style.height = Math.max(160, 60 + 24 * told.categories.length) + "px"; }
    var chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option(told));
    new ResizeObserver(function () { chart.resize(); }).observe(place);
  });
})();
