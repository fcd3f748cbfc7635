//! People of the business: an administrator, an agent, a coordinator, a supervisor.

use serde_json::json;
use tests::need;

use super::{Phone, World, audited};

/// Mail from a customer that is no company's: what a coordinator must not see.
const STRANGER: &str = "From: Zoe <zoe@elsewhere.test>\r\nTo: support@example.test\r\nSubject: The stapler bends\r\n\
    Message-ID: <z@elsewhere.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nEvery staple bends.\r\n";

#[tokio::test]
async fn an_administrator_lets_an_agent_in_and_sees_what_was_done() -> anyhow::Result<()> {
    let eva = need!(Phone::start("en").await);
    let rui = need!(Phone::start("pt").await);
    let ana = need!(Phone::start("es").await);
    let world = World::start().await?;
    let (app, api) = (&world.app, world.api().await?);
    let base = app.url("").replace("127.0.0.1", "localhost");
    let paper = world.papelera(&api).await?;

    // The first administrator, with a passkey of the phone as second factor.
    eva.add_authenticator().await?;
    let link = app.set_up_link().await;
    let at = link.find("/set-up").unwrap_or_default();
    eva.sign_up(&format!("{base}{}", &link[at..]), Some("Eva")).await?;
    eva.look("first steps").await?;
    eva.open(&format!("{base}/settings/security")).await?;
    eva.look("security").await?;
    eva.type_into("form[data-passkey=create] #f-name", "My phone").await?;
    eva.click("form[data-passkey=create] button").await?;
    eva.wait_for_text(".toast.good", "passkey works").await?;
    eva.look("recovery codes").await?;

    // She invites Rui, first with an address that is none.
    eva.open(&format!("{base}/settings/people")).await?;
    eva.wait_for_text("h1", "People").await?;
    eva.look("people").await?;
    eva.type_into("#f-name", "Rui").await?;
    eva.type_into("#f-email", "rui@example.test").await?;
    eva.click("#f-language option[value=pt]").await?;
    eva.click("form[action='/settings/people'] button[type=submit]").await?;
    eva.wait_for(".fresh").await?;
    eva.look("the invitation").await?;
    let link = eva.run("return document.querySelector('.fresh input').value").await?;
    let path = link
        .as_str()
        .and_then(|link| link.splitn(4, '/').nth(3))
        .unwrap_or_default()
        .to_owned();
    rui.sign_up(&app.url(&format!("/{path}")), None).await?;

    // A customer asks for service; the agent plans the visit and answers.
    world.sign_in(&ana, "ana@papelera.test", "Hola").await?;
    let ticket = world.ask_for_service(&ana, "Hace ruido").await?;
    rui.open(&app.url("/equipment/requests")).await?;
    rui.wait_for_text(".eq-visit-card", "Hace ruido").await?;
    rui.look("requests").await?;
    rui.click(".eq-visit-card details > summary").await?;
    rui.look("planning a visit").await?;
    rui.type_into(".eq-visit-card textarea[name=purpose]", "Trocar os rolos")
        .await?;
    rui.click(".eq-visit-card details button[type=submit]").await?;
    rui.wait_for_text("h1", "Ricoh IM C3000").await?;
    rui.look("the machine").await?;
    ana.open(&app.url(&ticket)).await?;
    rui.open(&app.url("/equipment/requests")).await?;
    rui.click(".eq-visit-card .settings-actions a").await?;
    rui.wait_for_text("#timeline", "Hace ruido").await?;
    rui.look("the conversation").await?;
    rui.type_into("#composer-text", "Mañana estamos allí.").await?;
    rui.click("#composer-send").await?;
    rui.wait_for_text("#timeline", "Mañana estamos allí.").await?;
    ana.wait_for_text("main", "Mañana estamos allí.").await?;
    ana.visit(app, "/portal/visits", "Visitas").await?;
    rui.visit(app, "/visits?all=1", "Visitas").await?;
    for (path, heading) in [
        ("/inbox", "Caixa de entrada"),
        ("/tickets", "Chamados"),
        ("/equipment", "Máquinas"),
        ("/equipment/map", "Mapa"),
        ("/equipment/contracts", "Contratos"),
        ("/equipment/readings", "Leituras"),
        ("/billing", "Documentos"),
        ("/billing/customers", "Clientes"),
        ("/settings/desk", ""),
        ("/settings/companies", "Empresas"),
        ("/calls/new", ""),
    ] {
        rui.visit(app, path, heading).await?;
    }
    // Settings of the business are not his; the page says whom to ask, and leads back.
    rui.refused(app, "/settings/people", "administrador").await?;
    rui.refused(app, &format!("/equipment/machines/{}x", paper.machine), "endereço")
        .await?;

    // The administrator reads what happened, ends the agent's session, and shuts him out.
    eva.open(&format!("{base}/settings/audit?action=agent.refused")).await?;
    eva.wait_for_text(".audit, .settings-sheet", "/settings/people").await?;
    eva.look("the audit").await?;
    let refusals = audited(&api, "agent.refused").await?;
    assert!(format!("{refusals:?}").contains("/settings/people"), "{refusals:?}");
    eva.open(&format!("{base}/settings/account")).await?;
    eva.wait_for_text("#main", "Android").await?;
    eva.look("sessions").await?;
    eva.open(&format!("{base}/settings/people")).await?;
    eva.click(".person:has(.inbox-name) button[value=disable], .people .person:last-child summary")
        .await?;
    eva.look("changing a person").await?;
    eva.click("button[value=disable]").await?;
    eva.wait_for(".toast.good").await?;
    rui.open(&app.url("/tickets")).await?;
    rui.wait_for("input[name=password]").await?;
    rui.look("signed out").await?;
    for phone in [&eva, &rui, &ana] {
        phone.all_was_well().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_coordinator_finds_their_companies_and_a_supervisor_changes_nothing() -> anyhow::Result<()> {
    let carla = need!(Phone::start("pt").await);
    let sol = need!(Phone::start("es").await);
    let ana = need!(Phone::start("en").await);
    let world = World::start().await?;
    let (app, api) = (&world.app, world.api().await?);
    let paper = world.papelera(&api).await?;
    let print = world.grafica(&api).await?;
    world.sign_in(&ana, "ana@papelera.test", "Hello").await?;
    world.ask_for_service(&ana, "It makes a noise").await?;
    app.command(&["email", "deliver", "--inbox", "support"], STRANGER)
        .await?
        .success()?;
    let conversations = api.items("/conversations", 2).await;
    let of = |word: &str| {
        let found = conversations
            .iter()
            .find(|one| one["subject"].as_str().unwrap_or_default().contains(word));
        found.and_then(|one| one["id"].as_str()).unwrap_or_default().to_owned()
    };
    let theirs = of("stapler");
    let own = conversations
        .iter()
        .filter_map(|one| one["id"].as_str())
        .find(|id| **id != *theirs)
        .unwrap_or_default()
        .to_owned();

    // The administrator, at a desk, gives the coordinator one of the two companies.
    let eva = need!(tests::harness::Browser::start().await);
    eva.sign_up(&app.set_up_link().await.replace("localhost", "127.0.0.1"), Some("Eva"))
        .await?;
    api.invite_as(&carla, "Carla", "pt", "coordinator").await?;
    api.invite_as(&sol, "Sol", "es", "supervisor").await?;
    eva.open(&app.url(&format!("/settings/companies/{}", paper.id))).await?;
    eva.click("form[action$='/coordinators'] input[name=agent]").await?;
    eva.click("form[action$='/coordinators'] button[type=submit]").await?;
    eva.wait_for("form[action$='/coordinators'] input[name=agent]:checked")
        .await?;

    // The coordinator: list, search, tickets, map, reports hold that company alone.
    carla.visit(app, "/inbox?tab=all", "Caixa de entrada").await?;
    let rows = carla.texts("#rows .row").await?;
    assert!(rows.len() == 1 && !rows[0].contains("stapler"), "{rows:?}");
    carla.visit(app, "/inbox?tab=all&q=stapler", "Caixa de entrada").await?;
    assert!(carla.texts("#rows .row").await?.is_empty());
    carla.visit(app, "/tickets", "Chamados").await?;
    carla.wait_for(".ticket-row").await?;
    carla.visit(app, "/equipment/map", "Mapa").await?;
    let places = carla.text(".eq-places").await?;
    assert!(places.contains("Papelera Sur") && !places.contains("Norte"), "{places}");
    carla.visit(app, "/reports", "").await?;
    carla.visit(app, "/board", "").await?;
    carla.visit(app, "/settings/companies", "Empresas").await?;
    let companies = carla.text(".inboxes").await?;
    assert!(
        companies.contains("Papelera") && !companies.contains("Norte"),
        "{companies}"
    );
    // Whatever the bar below offers can be opened.
    let rail = carla.run("return [...document.querySelectorAll('nav.rail a[href], .rail a[href]')].map((one) => one.getAttribute('href'))").await?;
    for href in rail.as_array().into_iter().flatten().filter_map(|href| href.as_str()) {
        carla.open(&app.url(href)).await?;
        carla.wait_for("h1").await?;
        let code = carla.texts(".error-code").await?;
        assert!(code.is_empty(), "{href} is offered and refused: {code:?}");
    }
    carla.open(&app.url(&format!("/inbox/c/{own}"))).await?;
    carla.wait_for_text("#timeline", "It makes a noise").await?;
    carla.look("their conversation").await?;
    for path in [
        format!("/inbox/c/{theirs}"),
        format!("/settings/companies/{}", print.id),
    ] {
        carla.refused(app, &path, "endereço").await?;
    }
    carla.refused(app, "/equipment", "administrador").await?;
    carla.refused(app, "/settings/people", "administrador").await?;
    let refusals = format!("{:?}", audited(&api, "agent.refused").await?);
    for path in [
        format!("/inbox/c/{theirs}"),
        print.id.clone(),
        "/settings/people".to_owned(),
    ] {
        assert!(refusals.contains(&path), "{path} is not in {refusals}");
    }

    // The supervisor sees all of it, and nothing that changes anything.
    sol.visit(app, "/inbox?tab=all", "Bandeja de entrada").await?;
    assert_eq!(sol.texts("#rows .row").await?.len(), 2);
    for (path, heading) in [
        ("/tickets", "Tickets"),
        ("/equipment", "Máquinas"),
        ("/equipment/map", "Mapa"),
        ("/equipment/requests", "Solicitudes"),
        ("/equipment/contracts", "Contratos"),
        ("/equipment/readings", "Lecturas"),
        ("/equipment/sites", "Sedes"),
        ("/billing", "Documentos"),
        ("/billing/customers", "Clientes"),
        ("/knowledge", "Artículos"),
        ("/problems", "Problemas"),
        ("/reports", "Informes"),
        ("/board", "Tablero"),
        ("/settings/audit", "Auditoría"),
        ("/settings/health", "Salud"),
    ] {
        sol.visit(app, path, heading).await?;
        only_looks(&sol, path).await?;
    }
    for path in [
        format!("/inbox/c/{own}"),
        format!("/equipment/machines/{}", paper.machine),
    ] {
        sol.open(&app.url(&path)).await?;
        sol.wait_for("h1, h2").await?;
        sol.look(if path.contains("inbox") {
            "a conversation"
        } else {
            "a machine"
        })
        .await?;
        only_looks(&sol, &path).await?;
    }
    sol.open(&app.url("/tickets")).await?;
    sol.click(".ticket-row").await?;
    sol.wait_for_text("h1", "T-").await?;
    sol.look("a ticket").await?;
    only_looks(&sol, "a ticket").await?;
    let before = api.get(&format!("/conversations/{own}")).await?;
    for (path, fields) in [
        (format!("/inbox/c/{own}/reply"), "text=No&id=01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (format!("/inbox/c/{own}/resolve"), ""),
        (
            format!("/equipment/machines/{}/visits", paper.machine),
            "day=2030-01-01&from=09:00&to=10:00",
        ),
        (
            "/settings/people".to_owned(),
            "name=X&email=x@example.test&role=agent&language=es",
        ),
    ] {
        let (status, words) = sol.forge(&path, fields).await?;
        assert_eq!(status, 403, "{path}: {words}");
        assert!(words.contains("Su rol"), "{path}: {words}");
    }
    let after = api.get(&format!("/conversations/{own}")).await?;
    assert_eq!(
        (&before["status"], &before["updated_at"]),
        (&after["status"], &after["updated_at"])
    );
    let refusals = format!("{:?}", audited(&api, "agent.refused").await?);
    assert!(refusals.contains(&format!("POST /inbox/c/{own}/reply")), "{refusals}");
    for phone in [&carla, &sol, &ana] {
        phone.all_was_well().await?;
    }
    Ok(())
}

/// Forms of the page that is open only look for something, or concern the reader alone.
async fn only_looks(phone: &Phone, page: &str) -> anyhow::Result<()> {
    let script = "const own = ['/sign-out', '/language', '/bell', '/inbox/views', '/settings/desk', '/settings/health', '/reports/mails', '/push'];
        return [...document.querySelectorAll('form')]
            .filter((one) => one.method === 'post' || one.hasAttribute('hx-post'))
            .map((one) => one.getAttribute('hx-post') ?? one.getAttribute('action') ?? '?')
            .filter((action) => !own.some((one) => action.startsWith(one)))
            .concat([...document.querySelectorAll('button[hx-post]')].map((one) => one.getAttribute('hx-post')))";
    let changing = phone.run(script).await?;
    anyhow::ensure!(
        changing == json!([]),
        "{page} has controls that change something: {changing}"
    );
    Ok(())
}
