//! The map with tiles, on a phone: places too near to each other share a pin, which opens the list of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::routing::get;
use serde_json::json;
use tests::need;
use tokio_util::task::AbortOnDropHandle;

use super::{Phone, World};

/// A server of tiles: each is one square of a colour.
struct Tiles {
    url: String,
    asked: Arc<AtomicUsize>,
    _task: AbortOnDropHandle<()>,
}

impl Tiles {
    async fn start() -> anyhow::Result<Self> {
        const TILE: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='256' height='256'><rect width='255' height='255' fill='#dbe7dc'/></svg>";
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let tile = move |Path(_): Path<(u32, u32, String)>| {
            count.fetch_add(1, Ordering::Relaxed);
            async { ([(header::CONTENT_TYPE, "image/svg+xml")], TILE) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/{{z}}/{{x}}/{{y}}", listener.local_addr()?);
        let router = Router::new().route("/{z}/{x}/{y}", get(tile));
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self {
            url,
            asked,
            _task: AbortOnDropHandle::new(task),
        })
    }
}

/// What stands on the pins.
const PINS: &str = "return [...document.querySelectorAll('.map-pin')].map((one) => one.textContent)";

/// Pins that cover each other, as the screen has them.
const COVERED: &str = "const boxes = [...document.querySelectorAll('.map-pin')].map((one) => one.getBoundingClientRect());
    return boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;";

/// Comes back once what a pin opened has stayed where it is for a while.
const STILL: &str = "const done = arguments[arguments.length - 1];
    let last = '', same = 0;
    const look = () => {
        const box = document.querySelector('.map-all').getBoundingClientRect();
        const now = `${box.left} ${box.top}`;
        same = now === last ? same + 1 : 0;
        last = now;
        if (same < 10) requestAnimationFrame(look); else done(null);
    };
    look();";

#[tokio::test]
async fn machines_at_nearly_the_same_place_share_a_pin() -> anyhow::Result<()> {
    let phone = need!(Phone::start("en").await);
    let world = World::start().await?;
    let (app, api) = (&world.app, world.api().await?);
    let tiles = Tiles::start().await?;
    phone
        .sign_up(&app.set_up_link().await.replace("localhost", "127.0.0.1"), Some("Eva"))
        .await?;
    phone.open(&app.url("/equipment/settings")).await?;
    phone.type_into("#f-tile_url", &tiles.url).await?;
    phone.click(".settings-form button[type=submit]").await?;
    phone.wait_for(".toast.good").await?;

    // Three in one street, one of them in the same house as another; one in another town.
    let street = world.papelera(&api).await?;
    for (name, at) in [
        ("Annex", "-0.2039, -78.4904"),
        ("Across", "-0.2042, -78.4901"),
        ("Port", "-2.2000, -79.9000"),
    ] {
        let machine = api.get(&format!("/machines/{}", street.machine)).await?;
        let site = json!({ "customer": machine["customer_id"], "name": name, "address": "Street 1", "position": at });
        api.create("/sites", &site).await?;
    }
    phone.visit(app, "/equipment/map", "Map").await?;
    phone.wait_for(".map-pin.many").await?;
    let shown = phone.run(PINS).await?;
    assert_eq!(shown.as_array().map(Vec::len), Some(2), "{shown}");
    assert!(
        shown.as_array().is_some_and(|pins| pins.contains(&json!("×3"))),
        "{shown}"
    );
    assert_eq!(phone.run(COVERED).await?, json!(0));
    assert!(tiles.asked.load(Ordering::Relaxed) > 0, "tiles were asked for");
    phone.look("map with tiles").await?;

    // The pin is found by its words and from the keyboard, and opens the three of them.
    let named = phone.run("const pin = document.querySelector('.map-pin.many'); pin.focus(); return [pin.getAttribute('aria-label'), document.activeElement === pin]").await?;
    assert_eq!(named, json!(["3 places here", true]));
    phone.press("Enter").await?;
    phone.wait_for_text(".map-all", "Annex").await?;
    // The map moves until all of it is inside.
    phone.client().execute_async(STILL, Vec::new()).await?;
    let list = phone.text(".map-all").await?;
    assert!(
        list.contains("Across") && list.contains("Papelera Sur 1") && !list.contains("Port"),
        "{list}"
    );
    phone.look("a pin of three").await?;
    phone.press("Escape").await?;

    // Zoomed in, the one across the street has a pin of its own; the two of one house still share theirs.
    tests::harness::eventually("a pin of two", async || {
        let zoom_in = "document.querySelector('.leaflet-control-zoom-in').click()";
        phone.run(zoom_in).await.ok()?;
        let shown = phone.run(PINS).await.ok()?;
        shown.as_array()?.contains(&json!("×2")).then_some(())
    })
    .await;
    assert_eq!(phone.run(COVERED).await?, json!(0));
    phone.all_was_well().await
}
