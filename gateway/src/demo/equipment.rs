//! The sample business's machines: sites, contracts, a year of readings, visits, a reading that is wanted.

use ::equipment::contracts::{self, ContractData};
use ::equipment::counters;
use ::equipment::machines::{self, Consumable, MachineData};
use ::equipment::readings::{self, NewReading};
use ::equipment::sites::{self, SiteData};
use ::equipment::usage::{Band, Rate};
use ::equipment::visits::{self, Done, NewVisit, Part};
use ::equipment::wishes;
use ::equipment::{ContractId, CounterKind, MachineId, Meaning, SiteId, Source, Status};
use anyhow::{Context, Result};
use billing::{CustomerId, day};
use conversation::db::sql;
use conversation::types::{Actor, AgentId};

use crate::app::App;

/// Customer's address, site, address of the site, position, and its machines: model, serial number, place,
/// copies a month in black and in colour (0: no such counter).
type Sample = (
    &'static str,
    &'static str,
    &'static str,
    (i64, i64),
    &'static [(&'static str, &'static str, &'static str, i64, i64)],
);

const SITES: &[Sample] = &[
    (
        "mariana@torres.example",
        "Oficina La Mariscal",
        "Av. Amazonas N24-155\nQuito",
        (-203_900, -78_490_400),
        &[
            ("Ricoh IM C3000", "3110R920441", "3.er piso", 5_200, 1_450),
            ("Kyocera ECOSYS P3155", "VDR1203377", "Recepción", 1_900, 0),
        ],
    ),
    (
        "mariana@torres.example",
        "Bodega Calderón",
        "Panamericana Norte km 12\nQuito",
        (-98_200, -78_421_700),
        &[("Brother MFC-L6900", "U64180C3N", "Despacho", 3_300, 0)],
    ),
    (
        "joao@pereira.example",
        "Matriz Pinheiros",
        "Rua dos Pinheiros 870\nSão Paulo",
        (-23_566_300, -46_685_400),
        &[("Canon iR-ADV C3530", "2JK08114", "Administração", 4_100, 2_050)],
    ),
];

/// Months of readings before today.
const MONTHS: i64 = 13;

/// Writes them.
pub(super) async fn seed(app: &App) -> Result<()> {
    let technician = agent(app, "diego@andinas.example").await?;
    let mut known: Vec<(&str, CustomerId, ContractId)> = Vec::new();
    let mut first: Option<MachineId> = None;
    for (email, name, address, position, list) in SITES {
        let customer = billing::customers::by_email(app.store.db(), email)
            .await?
            .context("a sample customer is missing")?
            .id;
        let contract = match known.iter().find(|one| one.0 == *email) {
            Some((_, _, contract)) => contract.clone(),
            None => {
                let number = format!("AND-{:03}", 101 + known.len());
                let contract = contract(app, &customer, &number).await?;
                known.push((email, customer.clone(), contract.clone()));
                contract
            }
        };
        let mut tx = app.store.begin().await?;
        let data = SiteData {
            name: (*name).to_owned(),
            address: (*address).to_owned(),
            position: Some(*position),
            contact_name: "Recepción".to_owned(),
            contact_phone: "+593 2 555 0199".to_owned(),
            notes: String::new(),
        };
        let site = sites::create_in(&mut tx, &Actor::System, &customer, data).await?;
        tx.commit().await?;
        for machine in *list {
            let id = add(app, &customer, &site, &contract, machine).await?;
            first.get_or_insert(id);
        }
    }
    let machine = first.context("no sample machine")?;
    visit(app, &machine, &technician).await?;
    let mut tx = app.store.begin().await?;
    let wanted = machines::load(&mut tx, &machine).await?;
    let today = app.equipment.today();
    wishes::wish_in(&mut tx, &wanted, &day::plus(today, 3).to_string(), &today.to_string()).await?;
    tx.commit_silently().await?;
    Ok(())
}

async fn agent(app: &App, email: &str) -> Result<AgentId> {
    let (id,): (AgentId,) = sql("SELECT id FROM agents WHERE email = $1")
        .bind(email)
        .one(app.store.db())
        .await?;
    Ok(id)
}

async fn contract(app: &App, customer: &CustomerId, number: &str) -> Result<ContractId> {
    let today = app.equipment.today();
    let owner = billing::customers::load(app.store.db(), customer).await?;
    let currency = if owner.language == conversation::types::Language::Pt {
        "BRL"
    } else {
        "USD"
    };
    let band = |up_to, per_thousand| Band { up_to, per_thousand };
    let data = ContractData {
        number: number.to_owned(),
        title: "Alquiler y servicio".to_owned(),
        terms: "Incluye servicio técnico, repuestos y tóner.\nAtención en 8 horas hábiles.".to_owned(),
        // The running period began some days ago: nothing is billed by looking at the sample.
        starts_on: day::plus(today, -12),
        ends_on: Some(day::plus(today, 40)),
        renews_months: 12,
        notice_days: 60,
        every: 1,
        currency: currency.parse()?,
        base_price: 12_500,
        taxes: Vec::new(),
        is_pooled: true,
        is_sent: false,
        is_active: true,
        rates: vec![
            Rate {
                counter: CounterKind::Mono,
                included: 4_000,
                bands: vec![band(Some(5_000), 1_200), band(None, 900)],
            },
            Rate {
                counter: CounterKind::Color,
                included: 600,
                bands: vec![band(None, 8_000)],
            },
        ],
    };
    let mut tx = app.store.begin().await?;
    let id = contracts::create_in(&mut tx, &Actor::System, customer, 3, data).await?;
    tx.commit().await?;
    Ok(id)
}

async fn add(
    app: &App,
    customer: &CustomerId,
    site: &SiteId,
    contract: &ContractId,
    (model, serial, place, mono, color): &(&str, &str, &str, i64, i64),
) -> Result<MachineId> {
    let today = app.equipment.today();
    let start = day::plus(today, -30 * MONTHS - 12);
    let mut consumables = vec![Consumable {
        name: "Tóner negro".to_owned(),
        part: "TN-K".to_owned(),
        level: Some(38),
    }];
    if *color > 0 {
        consumables.extend(
            ["cian", "magenta", "amarillo"]
                .into_iter()
                .zip([64, 12, 81])
                .map(|(name, level)| Consumable {
                    name: format!("Tóner {name}"),
                    part: String::new(),
                    level: Some(level),
                }),
        );
    }
    let data = MachineData {
        site: Some(site.clone()),
        contract: Some(contract.clone()),
        model: (*model).to_owned(),
        serial: (*serial).to_owned(),
        place: (*place).to_owned(),
        status: Status::Active,
        installed_on: Some(start.to_string()),
        consumables,
        notes: String::new(),
    };
    let mut tx = app.store.begin().await?;
    let id = machines::create_in(&mut tx, &app.equipment, &Actor::System, customer, data).await?;
    // It stood there before the contract began.
    sql("UPDATE machines SET contract_since = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(start.to_string())
        .run(&mut tx)
        .await?;
    for (kind, copies) in [(CounterKind::Mono, *mono), (CounterKind::Color, *color)] {
        if copies == 0 {
            continue;
        }
        let counter = counters::add_in(&mut tx, &Actor::System, &id, kind, 7, 10_000, start).await?;
        let mut value = 10_000;
        for month in 1..=MONTHS {
            // Some months are busier than others.
            value += copies * (85 + (month * 37) % 34) / 100;
            let new = NewReading {
                counter: counter.clone(),
                value,
                on: day::plus(start, 30 * month),
                source: Source::Portal,
                meaning: Some(Meaning::Right),
                note: String::new(),
            };
            readings::enter_in(&mut tx, &app.equipment, &Actor::System, new).await?;
        }
        let new = NewReading {
            counter,
            value: value + copies / 3,
            on: day::plus(today, -2),
            source: Source::Whatsapp,
            meaning: Some(Meaning::Right),
            note: String::new(),
        };
        readings::enter_in(&mut tx, &app.equipment, &Actor::System, new).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// One visit of last month, signed, and one of this afternoon.
async fn visit(app: &App, machine: &MachineId, technician: &AgentId) -> Result<()> {
    const HOUR: i64 = 3_600_000;
    let now = app.store.now();
    let actor = Actor::Agent(technician.clone());
    let plan = |starts_at: i64, purpose: &str, has_happened: bool| NewVisit {
        machine: machine.clone(),
        agent: technician.clone(),
        purpose: purpose.to_owned(),
        starts_at,
        ends_at: starts_at + 2 * HOUR,
        request: None,
        conversation: None,
        has_happened,
    };
    let mut tx = app.store.begin().await?;
    let old = plan(
        now - now % (HOUR / 4) - 24 * HOUR,
        "Ruido al imprimir a doble cara",
        true,
    );
    let past = visits::plan_in(&mut tx, &app.equipment, &actor, old).await?;
    tx.commit().await?;
    let done = Done {
        work: "Cambio de rodillos de la unidad dúplex, limpieza y prueba de 50 copias.".to_owned(),
        parts: vec![Part {
            name: "Kit de rodillos".to_owned(),
            quantity: 1,
        }],
        counters: Vec::new(),
        signed_by: "Mariana Torres".to_owned(),
        signature: "80,300 120,180 160,90 190,150 205,300;205,300 240,170 275,95 305,180 320,300;380,250 420,210 450,260 420,300 380,280 380,250;500,210 500,300;500,240 540,205 580,230;640,250 690,215 720,260 690,300 650,290 640,250 730,300 800,240 870,290".to_owned(),
    };
    visits::finish(&app.equipment, &actor, &past, done).await?;
    let mut tx = app.store.begin().await?;
    visits::plan_in(
        &mut tx,
        &app.equipment,
        &actor,
        plan(now - now % (HOUR / 4) + HOUR / 2, "Mantenimiento preventivo", false),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
