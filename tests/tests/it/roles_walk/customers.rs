//! Customers: one who administers their company in the portal, a colleague whom they invite, and a person of two
//! companies.

use serde_json::json;
use tests::need;

use super::{Phone, World, audited};

/// What a customer comes for, on the home page of the portal.
const QUICK: &str = ".eq-quick a";

#[tokio::test]
async fn a_colleague_is_invited_works_and_is_let_go() -> anyhow::Result<()> {
    let ana = need!(Phone::start("es").await);
    let luis = need!(Phone::start("pt").await);
    let world = World::start().await?;
    let (app, api) = (&world.app, world.api().await?);
    let paper = world.papelera(&api).await?;
    let print = world.grafica(&api).await?;
    world.administers(&api, &paper, &paper.person, true).await?;

    // Ana, who administers her company, invites Luis.
    world.sign_in(&ana, "ana@papelera.test", "Hola").await?;
    ana.one_tap_away(app, "/portal", QUICK).await?;
    ana.open(&app.url("/portal")).await?;
    ana.click(".client-nav a[href='/portal/people']").await?;
    ana.wait_for_text("h1", "Colegas").await?;
    ana.type_into("input[name=email]", "no es una dirección").await?;
    ana.run("document.querySelector('form.stack[data-once]').noValidate = true")
        .await?;
    ana.click("form[data-once] button[type=submit]").await?;
    ana.wait_for("#main .error").await?;
    ana.look("a wrong address").await?;
    ana.run("document.querySelector('input[name=email]').value = ''")
        .await?;
    ana.type_into("input[name=email]", "luis@papelera.test").await?;
    ana.click("form[data-once] button[type=submit]").await?;
    ana.wait_for_text(".colleagues", "luis@papelera.test").await?;
    ana.look("people").await?;

    // Luis comes by the link of the mail, and says yes.
    let door = world.link("luis@papelera.test", 1).await;
    luis.open(&app.url(&door)).await?;
    luis.click("main form button[type=submit]").await?;
    luis.wait_for_text(".notice", "Papelera Sur").await?;
    luis.look("the invitation").await?;
    luis.click("button[value=accept]").await?;
    luis.wait_until_gone(".notice button[value=accept]").await?;
    luis.one_tap_away(app, "/portal", QUICK).await?;

    // He asks for service, and sees what the business answers while the page is open.
    let ticket = world.ask_for_service(&luis, "Faz um barulho").await?;
    let requests = api.get("/machine-requests").await?;
    assert_eq!(requests["items"][0]["machine_id"], json!(paper.machine));
    let conversations = api.items("/conversations", 1).await;
    let path = format!(
        "/conversations/{}/messages",
        conversations[0]["id"].as_str().unwrap_or_default()
    );
    api.create(&path, &json!({ "text": "Vamos amanhã às nove." })).await?;
    luis.wait_for_text("main", "Vamos amanhã às nove.").await?;

    // He hands in a reading; one that is too low is asked about, and nothing is lost on the way.
    luis.open(&app.url("/portal/readings")).await?;
    if luis.texts("input.eq-value").await?.is_empty() {
        luis.open(&app.url(&format!("/portal/readings?machine={}", paper.machine)))
            .await?;
    }
    luis.type_into("input.eq-value", "900").await?;
    luis.click(".eq-readings button[type=submit]").await?;
    luis.wait_for(".eq-asks").await?;
    luis.look("a low reading").await?;
    luis.run("document.querySelector('input.eq-value').value = ''").await?;
    luis.type_into("input.eq-value", "1400").await?;
    luis.click(".eq-readings button[type=submit]").await?;
    luis.wait_for(".toast.good").await?;
    luis.look("the reading").await?;
    let readings = api.get(&format!("/machines/{}/readings", paper.machine)).await?;
    assert_eq!(readings[0]["value"], json!(1400), "{readings}");

    // What is another company's is not there for him, and who may be in his is not his to say.
    luis.refused(app, &format!("/portal/machines/{}", print.machine), "endereço")
        .await?;
    luis.refused(app, "/portal/people", "administra a sua empresa").await?;
    let refusals = audited(&api, "portal.refused").await?;
    let told = format!("{refusals:?}");
    assert!(
        told.contains(&print.machine) && told.contains("/portal/people"),
        "{told}"
    );

    // Ana sees his ticket among all of the company, and how many there are.
    ana.open(&app.url("/portal")).await?;
    ana.wait_for_text("#live-tiles a", "1").await?;
    let open = ana.text("#live-tiles a").await?;
    assert!(open.ends_with('1'), "open tickets of the company: {open}");
    ana.click("#live-tiles a").await?;
    ana.wait_for_text("#main", "Ricoh IM C3000").await?;
    ana.look("support").await?;
    ana.open(&app.url(&ticket)).await?;
    ana.wait_for_text("main", "Faz um barulho").await?;
    ana.look("the ticket of a colleague").await?;

    // She lets him go. His pages say so in words; what is the company's is out of his reach.
    ana.open(&app.url("/portal/people")).await?;
    ana.click(".colleagues details > summary").await?;
    ana.look("the rights of a colleague").await?;
    ana.click(".colleagues button[value=remove]").await?;
    ana.wait_until_gone(".colleagues details").await?;
    luis.refused(app, &format!("/portal/machines/{}", paper.machine), "endereço")
        .await?;
    luis.open(&app.url("/portal/machines")).await?;
    luis.wait_for("#main h1").await?;
    luis.look("no machines").await?;
    assert!(luis.texts(".eq-list a").await?.is_empty());

    // Of two companies, Ana sees the one that she looks at.
    world.administers(&api, &print, &paper.person, false).await?;
    ana.open(&app.url("/portal/machines")).await?;
    ana.wait_for_text(".eq-list", "Ricoh").await?;
    ana.look("machines of one company").await?;
    ana.click(&format!("#f-company option[value='{}']", print.id)).await?;
    ana.click(".company-switch button").await?;
    ana.wait_for("#live-tiles").await?;
    ana.visit(app, "/portal/machines", "Máquinas").await?;
    let shown = ana.text(".eq-list").await?;
    assert!(shown.contains("Canon") && !shown.contains("Ricoh"), "{shown}");
    ana.visit(app, "/portal/map", "Mapa").await?;
    let places = ana.text(".eq-places").await?;
    assert!(places.contains("Norte") && !places.contains("Papelera"), "{places}");

    // What a mail led to is hers still, whichever company she looks at.
    ana.open(&app.url(&format!("/portal/machines/{}", paper.machine)))
        .await?;
    ana.wait_for_text("h1", "Ricoh").await?;

    for phone in [&ana, &luis] {
        phone.all_was_well().await?;
    }
    Ok(())
}
