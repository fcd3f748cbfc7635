//! Places on a map: drawn to scale by itself, on tiles by the browser where a source of tiles is configured, and
//! always as a list.

use maud::{Markup, html};

use crate::icons::{Icon, icon};
use crate::{Ctx, i18n};

/// One place.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its name.
    pub title: String,
    /// Its address.
    pub detail: String,
    /// What is there.
    pub note: String,
    /// When a technician comes, written out.
    pub visit: Option<String>,
    /// Its page; empty where its reader has none.
    pub url: String,
    /// Latitude and longitude in millionths of a degree.
    pub position: Option<(i64, i64)>,
}

/// A map.
#[derive(Debug, Clone)]
pub struct MapView {
    /// The places.
    pub places: Vec<Place>,
    /// Where tiles come from; empty draws none.
    pub tile_url: String,
    /// Whom the map thanks.
    pub attribution: String,
}

const WIDE: i64 = 640;
const HIGH: i64 = 360;
const EDGE: i64 = 40;

/// Where places stand on the plan: to scale, north up, the degree of longitude as wide as it is there.
fn plan(places: &[Place]) -> Vec<(usize, i64, i64)> {
    let known: Vec<(usize, i64, i64)> = places
        .iter()
        .enumerate()
        .filter_map(|(index, place)| place.position.map(|(latitude, longitude)| (index, latitude, longitude)))
        .collect();
    let bounds = |values: Vec<i64>| (values.iter().min().copied(), values.iter().max().copied());
    let (south, north) = bounds(known.iter().map(|one| one.1).collect());
    let (west, east) = bounds(known.iter().map(|one| one.2).collect());
    let (Some(south), Some(north), Some(west), Some(east)) = (south, north, west, east) else {
        return Vec::new();
    };
    // The cosine of the middle latitude in thousandths, by its series: exact enough for a plan.
    let middle = (south + north) / 2;
    let radians = i128::from(middle) * 17_453 / 1_000_000_000;
    let square = radians * radians / 1_000;
    let cosine = (1_000 - square / 2 + square * square / 24_000).clamp(50, 1_000);
    let width = (i128::from(east - west) * cosine / 1_000).max(1);
    let height = i128::from(north - south).max(1);
    let (room_x, room_y) = (i128::from(WIDE - 2 * EDGE), i128::from(HIGH - 2 * EDGE));
    // Both directions share the scale of the tighter one.
    let (scale_up, scale_down) = if room_x * height < room_y * width {
        (room_x, width)
    } else {
        (room_y, height)
    };
    known
        .into_iter()
        .map(|(index, latitude, longitude)| {
            let x = i128::from(longitude - west) * cosine / 1_000 * scale_up / scale_down;
            let y = i128::from(north - latitude) * scale_up / scale_down;
            let spare_x = (room_x - width * scale_up / scale_down) / 2;
            let spare_y = (room_y - height * scale_up / scale_down) / 2;
            let narrow = |value: i128| i64::try_from(value).unwrap_or(0);
            (index, EDGE + narrow(x + spare_x), EDGE + narrow(y + spare_y))
        })
        .collect()
}

/// Closer than this, in the plan's units, two pins would cover each other. On a phone, where the plan is half as large,
/// pins are drawn with a radius of up to 25.
const APART: i64 = 51;

/// One pin of the plan: where it stands, and the places that stand there, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pin {
    x: i64,
    y: i64,
    places: Vec<usize>,
}

/// The pins of a plan. Places too close to tell apart share the pin of the first of them, so that no pin covers
/// another.
fn pins(points: &[(usize, i64, i64)]) -> Vec<Pin> {
    let mut pins: Vec<Pin> = Vec::new();
    for (index, x, y) in points {
        let near = |pin: &&mut Pin| (pin.x - x).pow(2) + (pin.y - y).pow(2) < APART.pow(2);
        match pins.iter_mut().find(near) {
            Some(pin) => pin.places.push(*index),
            None => pins.push(Pin {
                x: *x,
                y: *y,
                places: vec![*index],
            }),
        }
    }
    pins
}

/// The plan. A pin of one place leads to it; a pin of several, with their number, to the list of them below.
fn drawn(ctx: &Ctx<'_>, places: &[Place], pins: &[Pin]) -> Markup {
    let at = |index: &usize| places.get(*index);
    html! {
        svg viewBox={ "0 0 " (WIDE) " " (HIGH) } role="group" aria-label=(ctx.t("eq-plan")) {
            rect.map-ground x="0" y="0" width=(WIDE) height=(HIGH) rx="14" {}
            text.map-north-word x=(WIDE - 22) y="22" text-anchor="middle" { (ctx.t("eq-north")) }
            path.map-north d={ "M" (WIDE - 22) " 28v16m-5-11 5-6 5 6" } {}
            @for (number, pin) in pins.iter().enumerate() {
                @let is_due = pin.places.iter().filter_map(at).any(|place| place.visit.is_some());
                @match pin.places.as_slice() {
                    [one] => @if let Some(place) = at(one) {
                        a href=[Some(place.url.as_str()).filter(|url| !url.is_empty())] {
                            circle class={ "map-dot" @if is_due { " due" } } cx=(pin.x) cy=(pin.y) r="11" {}
                            text.map-number x=(pin.x) y=(pin.y + 4) text-anchor="middle" { (one + 1) }
                            title { (place.title) " · " (place.note) }
                        }
                    },
                    many => {
                        @let words = i18n::t_args(ctx.lang, "eq-together", &[("count", many.len().into())]);
                        a.map-many href={ "#map-group-" (number) } aria-label=(words) {
                            circle.map-ring cx=(pin.x) cy=(pin.y) r="16" {}
                            circle class={ "map-dot" @if is_due { " due" } } cx=(pin.x) cy=(pin.y) r="12" {}
                            text.map-number x=(pin.x) y=(pin.y + 4) text-anchor="middle" { "×" (many.len()) }
                            title { (words) }
                        }
                    },
                }
            }
        }
        @for (number, pin) in pins.iter().enumerate().filter(|(_, pin)| pin.places.len() > 1) {
            @let words = i18n::t_args(ctx.lang, "eq-together", &[("count", pin.places.len().into())]);
            section.map-group id={ "map-group-" (number) } tabindex="-1" aria-label=(words) {
                p { strong { (words) } a.map-close href="#map-plan" { (ctx.t("eq-together-close")) } }
                ul {
                    @for (index, place) in pin.places.iter().filter_map(|index| Some((index, at(index)?))) {
                        li data-due[place.visit.is_some()] {
                            span.map-index aria-hidden="true" { (index + 1) }
                            @if place.url.is_empty() { strong { (place.title) } } @else { a href=(place.url) { (place.title) } }
                            span.muted { (place.note) }
                        }
                    }
                }
            }
        }
    }
}

/// The map and its list. The page brings `map.js` and `map.css` where there are tiles.
pub fn map(ctx: &Ctx<'_>, view: &MapView) -> Markup {
    let points = plan(&view.places);
    html! {
        div.eq-map #map-plan data-map data-tiles=(view.tile_url) data-attribution=(view.attribution) data-together=(i18n::t_args(ctx.lang, "eq-together", &[("count", "{n}".into())])) {
            @if points.is_empty() { p.muted { (ctx.t("eq-no-positions")) } }
            @else { (drawn(ctx, &view.places, &pins(&points))) }
        }
        ol.eq-places {
            @for (index, place) in view.places.iter().enumerate() {
                li data-latitude=[place.position.map(|one| one.0)] data-longitude=[place.position.map(|one| one.1)] data-due[place.visit.is_some()] {
                    span.map-index aria-hidden="true" { (index + 1) }
                    span.eq-words {
                        @if place.url.is_empty() { strong { (place.title) } } @else { a href=(place.url) { (place.title) } }
                        span.muted { (place.detail) }
                        span { (place.note) }
                        @if let Some(visit) = &place.visit { span.eq-visit { (icon(Icon::Visit)) " " (visit) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(position: Option<(i64, i64)>) -> Place {
        Place {
            title: String::new(),
            detail: String::new(),
            note: String::new(),
            visit: None,
            url: String::new(),
            position,
        }
    }

    #[test]
    fn places_stand_to_scale_inside_the_plan() {
        let places = [
            place(Some((-180_000, -78_480_000))),
            place(None),
            place(Some((-280_000, -78_380_000))),
            place(Some((-180_000, -78_380_000))),
        ];
        let points = plan(&places);
        assert_eq!(points.len(), 3);
        for (_, x, y) in &points {
            assert!(
                (EDGE..=WIDE - EDGE).contains(x) && (EDGE..=HIGH - EDGE).contains(y),
                "{points:?}"
            );
        }
        let (first, second, third) = (points[0], points[1], points[2]);
        // North is up, east is right; a tenth of a degree is as long both ways at the equator.
        assert!(first.2 < second.2 && first.1 < second.1 && third.1 == second.1 && third.2 == first.2);
        assert!(((second.1 - first.1) - (second.2 - first.2)).abs() <= 2, "{points:?}");
        assert_eq!(plan(&[place(Some((5, 5)))]).len(), 1);
        assert!(plan(&[place(None)]).is_empty());
        let _ = plan(&[
            place(Some((90_000_000, 180_000_000))),
            place(Some((-90_000_000, -180_000_000))),
        ]);
    }

    #[test]
    fn places_of_one_town_share_a_pin_and_no_pin_covers_another() {
        let town = |latitude: i64, longitude: i64, count: i64| {
            (0..count).map(move |n| place(Some((latitude + n * 900, longitude - n * 700))))
        };
        let places: Vec<Place> = town(-230_000, -78_500_000, 12)
            .chain(town(-2_200_000, -79_900_000, 3))
            .chain(town(-2_900_000, -79_000_000, 1))
            .chain([place(None)])
            .collect();
        let pins = pins(&plan(&places));
        let counts: Vec<usize> = pins.iter().map(|pin| pin.places.len()).collect();
        assert_eq!(counts, [12, 3, 1]);
        assert_eq!(pins[1].places, [12, 13, 14], "in the order of the list");
        let many: Vec<Place> = (0..400)
            .map(|n| place(Some((n * 7_919 % 100_000, n * 104_729 % 150_000))))
            .collect();
        let pins = super::pins(&plan(&many));
        assert_eq!(pins.iter().map(|pin| pin.places.len()).sum::<usize>(), 400);
        for (n, one) in pins.iter().enumerate() {
            for other in &pins[n + 1..] {
                assert!((one.x - other.x).pow(2) + (one.y - other.y).pow(2) >= APART.pow(2));
            }
        }
    }

    #[test]
    fn a_pin_of_several_leads_to_their_list() {
        let named = |title: &str, url: &str, position| Place {
            title: title.to_owned(),
            url: url.to_owned(),
            ..place(Some(position))
        };
        let tz = jiff::tz::TimeZone::UTC;
        let ctx = Ctx {
            lang: conversation::types::Language::En,
            now: 0,
            tz: &tz,
            csrf: "",
        };
        let view = MapView {
            places: vec![
                named("North hall", "/n", (0, 0)),
                named("South hall", "", (10, 10)),
                named("Port", "/p", (500_000, 500_000)),
            ],
            tile_url: String::new(),
            attribution: String::new(),
        };
        let text = map(&ctx, &view).into_string();
        let (plan, list) = text.split_once("</svg>").unwrap();
        assert!(plan.contains("href=\"#map-group-0\"") && plan.contains("×2"), "{plan}");
        assert!(plan.contains("href=\"/p\"") && !plan.contains("href=\"/n\""), "{plan}");
        let group = list.split_once("</section>").unwrap().0;
        assert!(
            group.contains("id=\"map-group-0\"") && group.contains("2 places here"),
            "{group}"
        );
        assert!(
            group.contains("href=\"/n\"") && group.contains("<strong>South hall</strong>"),
            "{group}"
        );
        assert!(!group.contains("Port"), "{group}");
    }
}
