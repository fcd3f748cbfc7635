// The map of sites where a source of tiles is configured. Places are read from the list beside it; without this,
// and without tiles, the plan and the list stand. Pins that would cover each other are one pin with their number,
// which opens the list of them; zooming in takes them apart.
import { divIcon, latLngBounds, layerGroup, map, marker, tileLayer, type Map, type Point } from "leaflet";

/** Closer than this, in pixels, two pins would cover each other. */
const APART = 34;
const SIZE = 28;

interface Place {
  readonly at: [number, number];
  readonly number: number;
  readonly row: HTMLElement;
}

interface Pin {
  readonly point: Point;
  readonly places: Place[];
}

/** The places of a view's zoom, by pin. Those too close share the pin of the first of them. */
function pins(view: Map, places: readonly Place[]): Pin[] {
  const found: Pin[] = [];
  for (const place of places) {
    const point = view.project(place.at);
    const near = found.find((pin) => pin.point.distanceTo(point) < APART);
    if (near) near.places.push(place);
    else found.push({ point, places: [place] });
  }
  return found;
}

/** What the list says of a place. */
function words(place: Place): HTMLElement {
  const said = place.row.querySelector(".eq-words")?.cloneNode(true);
  return said instanceof HTMLElement ? said : document.createElement("span");
}

/** What a pin opens: what the list says of its places, each with its number. */
function opened(pin: Pin, title: string): HTMLElement {
  if (pin.places.length === 1 && pin.places[0]) return words(pin.places[0]);
  const all = document.createElement("div");
  all.className = "map-all";
  const head = document.createElement("strong");
  head.textContent = title;
  const list = document.createElement("ol");
  for (const place of pin.places) {
    const item = document.createElement("li");
    item.value = place.number;
    item.append(words(place));
    list.append(item);
  }
  all.append(head, list);
  return all;
}

for (const place of document.querySelectorAll<HTMLElement>("[data-map]")) {
  const tiles = place.dataset["tiles"];
  const rows = [...document.querySelectorAll<HTMLElement>(".eq-places li")];
  const places = rows
    .map((row, index): Place => ({
      at: [Number(row.dataset["latitude"]) / 1e6, Number(row.dataset["longitude"]) / 1e6],
      number: index + 1,
      row,
    }))
    .filter(({ row }) => row.dataset["latitude"] !== undefined);
  if (!tiles || places.length === 0) continue;
  const canvas = document.createElement("div");
  canvas.className = "eq-canvas";
  place.replaceChildren(canvas);
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const view = map(canvas, { scrollWheelZoom: false, zoomAnimation: moves, fadeAnimation: moves, markerZoomAnimation: moves });
  view.attributionControl.setPrefix(false);
  const attribution = document.createElement("span");
  attribution.textContent = place.dataset["attribution"] ?? "";
  tileLayer(tiles, { attribution: attribution.innerHTML, maxZoom: 19 }).addTo(view);
  const shown = layerGroup().addTo(view);
  const draw = (): void => {
    shown.clearLayers();
    for (const pin of pins(view, places)) {
      const first = pin.places[0];
      if (!first) continue;
      const isMany = pin.places.length > 1;
      const isDue = pin.places.some(({ row }) => row.hasAttribute("data-due"));
      const title = isMany
        ? (place.dataset["together"] ?? "").replace("{n}", String(pin.places.length))
        : (first.row.querySelector("a, strong")?.textContent ?? "");
      const face = document.createElement("span");
      face.textContent = isMany ? `×${pin.places.length}` : String(first.number);
      const className = `map-pin${isDue ? " due" : ""}${isMany ? " many" : ""}`;
      const icon = divIcon({ className, html: face, iconSize: [SIZE, SIZE] });
      const one = marker(first.at, { icon, title, alt: title, riseOnHover: true });
      one.bindPopup(() => opened(pin, title), { maxHeight: 220, offset: [0, -SIZE / 3] });
      one.addTo(shown);
      one.getElement()?.setAttribute("aria-label", title);
    }
  };
  view.fitBounds(latLngBounds(places.map(({ at }) => at)), { padding: [40, 40], maxZoom: 15 });
  draw();
  view.on("zoomend", draw);
}
