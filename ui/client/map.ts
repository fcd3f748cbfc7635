// The map of sites where a source of tiles is configured. Places are read from the list beside it; without this,
// and without tiles, the plan and the list stand.
import { circleMarker, latLngBounds, map, tileLayer } from "leaflet";

for (const place of document.querySelectorAll<HTMLElement>("[data-map]")) {
  const tiles = place.dataset["tiles"];
  const rows = [...document.querySelectorAll<HTMLElement>(".eq-places li[data-latitude]")];
  if (!tiles || rows.length === 0) continue;
  const canvas = document.createElement("div");
  canvas.className = "eq-canvas";
  place.replaceChildren(canvas);
  const view = map(canvas, { scrollWheelZoom: false });
  view.attributionControl.setPrefix(false);
  const attribution = document.createElement("span");
  attribution.textContent = place.dataset["attribution"] ?? "";
  tileLayer(tiles, { attribution: attribution.innerHTML, maxZoom: 19 }).addTo(view);
  const bounds = latLngBounds([]);
  for (const row of rows) {
    const at: [number, number] = [Number(row.dataset["latitude"]) / 1e6, Number(row.dataset["longitude"]) / 1e6];
    bounds.extend(at);
    const words = row.querySelector(".eq-words")?.cloneNode(true);
    const marker = circleMarker(at, { radius: 11, weight: 3, className: row.hasAttribute("data-due") ? "map-dot due" : "map-dot" });
    if (words) marker.bindPopup(words as HTMLElement);
    marker.addTo(view);
  }
  view.fitBounds(bounds, { padding: [40, 40], maxZoom: 15 });
}
